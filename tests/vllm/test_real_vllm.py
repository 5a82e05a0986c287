"""The real vLLM's CPU build behind the studio server: the same texts as the studio's own engine, up to bf16's rounding.

Not part of the default run: it needs the environment that `tools/vllm_env.py` makes, and minutes.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest
import torch

from oeuvre.domains.creation.errors import VersionNotLoadedError
from oeuvre.integrations.studio_client import HttpStudio, ensure_grant_key
from oeuvre.integrations.studio_client.keys import load_key, public_path
from oeuvre_studio.artifacts import LoadedVersion, is_version_folder, load_version, read_files
from oeuvre_studio.bench.processes import free_port
from oeuvre_studio.bench.vllm_server import vllm_server
from oeuvre_studio.protocol import mint_grant, pack
from oeuvre_studio.serve.engine import Engine
from oeuvre_studio.serve.jobs import Failed, Finished, Job, Piece, TextEngine
from oeuvre_studio.serve.limits import EngineLimits
from oeuvre_studio.serve.metrics import Metrics
from oeuvre_studio.serve.vllm import AdapterFolder, Probe, VllmEngine
from oeuvre_studio.serve.vllm.client import VllmClient
from oeuvre_studio.serve.vllm.probe import TOLERANCE
from oeuvre_studio.text.base import Base, load_base, weights_sha256
from oeuvre_studio.text.dataset import chat_prompt, request
from oeuvre_studio.text.gate import adapter_of
from oeuvre_studio.text.lora import RANK
from oeuvre_studio.text.peft_layout import folder_name
from oeuvre_studio.text.sampling import Sampling, TokenScore
from tests.studio.made import write_made

ROOT = Path(__file__).resolve().parents[2]
MODELS = Path(os.environ.get("OEUVRE_MODELS", ROOT / ".oeuvre" / "models"))
TRAINED = ROOT / ".oeuvre"
"""Trained versions, where an earlier measurement left some; else versions with random matrices are made."""

KEY = "only-for-this-test"
TOKENS = 64
GREEDY = Sampling(temperature=0.0, repetition_penalty=1.0, max_tokens=TOKENS)
STEP = 0.125
"""Nats between two neighbouring bf16 numbers from 16 to 32, where the likeliest logits are: both engines round them so."""

TIE = 2 * STEP + 0.01
"""Nats within which the tokens at a parting may lie: each engine's rounding moves a logit by a step."""

pytestmark = pytest.mark.timeout(3600)

BUYER = uuid.uuid4()

WISHES = (
    "a whale seen from the deck at dawn",
    "a ball in a country house, and who danced with whom",
    "crossing a river with too little to eat",
    "the price of bread and what the town council said",
    "an old clock that strikes at the wrong hour",
    "a letter of apology to a neighbour",
)


@dataclasses.dataclass(frozen=True)
class Written:
    """What an engine wrote, token by token."""

    text: str
    scores: tuple[TokenScore, ...]

    @property
    def tokens(self) -> list[int]:
        return [score.token for score in self.scores]


@pytest.fixture(scope="module")
def base() -> Base:
    return load_base("SmolLM2-135M-Instruct", MODELS)


@pytest.fixture(scope="module")
def versions(base: Base, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[LoadedVersion, bytes]]:
    """Two versions and their archives."""
    folders = [folder for folder in sorted(TRAINED.glob("bench*/*")) if fits(folder, base)][:2]
    if len(folders) < 2:
        home = tmp_path_factory.mktemp("versions")
        folders = [home / "one", home / "two"]
        for seed, folder in enumerate(folders):
            write_made(base, folder, model=folder.name, seed=seed, rank=RANK, strength=0.02, embedding=384)
    return [(load_version(read_files(folder)), pack(read_files(folder))) for folder in folders]


def fits(folder: Path, base: Base) -> bool:
    """Whether a version is there that both engines can compute with."""
    if not is_version_folder(folder):
        return False
    manifest = load_version(read_files(folder)).manifest
    return manifest.base_sha256 == base.sha256 and manifest.hyperparameters["rank"] == RANK


@pytest.fixture(scope="module")
def base_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base as the command writes it."""
    out = tmp_path_factory.mktemp("export") / "SmolLM2-135M-Instruct"
    program = str(Path(sys.executable).with_name("studio"))
    subprocess.run([program, "export-base", str(out), "--models-dir", str(MODELS)], check=True)
    return out


@pytest.fixture(scope="module")
def vllm(base_folder: Path) -> Iterator[str]:
    with vllm_server(
        base_folder, {}, 4, free_port(), environment={"VLLM_API_KEY": KEY, "VLLM_CPU_KVCACHE_SPACE": "1"}
    ) as url:
        yield url


@pytest.fixture(scope="module")
def engine(
    base: Base, versions: list[tuple[LoadedVersion, bytes]], vllm: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VllmEngine]:
    known = {version.name: version for version, _ in versions}
    engine = VllmEngine(
        base,
        Probe(base),
        url=vllm,
        key=KEY,
        folder=AdapterFolder(tmp_path_factory.mktemp("greedy") / "adapters"),
        memory=2**30,
        version_of=known.__getitem__,
        observer=Metrics(),
    )
    engine.start()
    yield engine
    engine.stop()


def write(engine: TextEngine, jobs: Sequence[tuple[str, LoadedVersion | None, list[int]]], base: Base) -> list[Written]:
    """All of them at once, greedily."""
    found: list[Written | None] = [None] * len(jobs)
    over = threading.Semaphore(0)

    def submit(number: int, model: str, version: LoadedVersion | None, prompt: list[int]) -> None:
        scores: list[TokenScore] = []

        def sink(event: Piece | Finished | Failed) -> None:
            if isinstance(event, Piece):
                scores.extend(event.scores)
                return
            if isinstance(event, Finished):
                found[number] = Written(event.text, tuple(scores))
            else:
                print(event.error)
            over.release()

        adapter = base.fit(adapter_of(version)) if version else None
        engine.submit([Job(model, adapter, prompt, GREEDY, 1, (), sink, logprobs=5)])

    for number, job in enumerate(jobs):
        submit(number, *job)
    for _ in jobs:
        assert over.acquire(timeout=900)
    return [written for written in found if written is not None]


def gap(score: TokenScore) -> float:
    """Nats between the two likeliest tokens."""
    return score.top[0][1] - score.top[1][1]


def test_vllm__writes_greedily_what_our_engine_writes(
    base: Base, versions: list[tuple[LoadedVersion, bytes]], engine: VllmEngine
) -> None:
    prompts = [chat_prompt(base.tokenizer, request(kind="chapter", wish=wish)) for wish in WISHES]
    who: list[tuple[str, LoadedVersion | None]] = [(version.name, version) for version, _ in versions]
    who.append((base.name, None))
    jobs = [(name, version, prompt) for name, version in who for prompt in prompts]
    theirs = write(engine, jobs, base)
    own = Engine(base, limits=EngineLimits(model_waiting=128))
    own.start()
    ours = write(own, jobs, base)
    own.stop()
    assert len(ours) == len(theirs) == len(jobs)
    differences: list[float] = []
    same = 0
    for (name, _, _), mine, other in zip(jobs, ours, theirs, strict=True):
        at = next((n for n, (a, b) in enumerate(zip(mine.tokens, other.tokens, strict=False)) if a != b), None)
        end = min(len(mine.tokens), len(other.tokens)) if at is None else at
        differences += [abs(a.logprob - b.logprob) for a, b in zip(mine.scores[:end], other.scores[:end], strict=True)]
        if at is None:
            same += 1
            assert len(mine.tokens) == len(other.tokens) or gap(mine.scores[end - 1]) <= TIE
            print(f"{name:32} the same for {end} tokens")
            continue
        behind = mine.scores[at].logprob - dict(mine.scores[at].top).get(other.tokens[at], -99.0)
        told = f"{name:32} the same for {at:2} tokens, then vLLM takes one that is {behind:.4f} nats behind"
        print(told, f"(its own view: {gap(other.scores[at]):.4f} between its two likeliest)")
        assert behind <= TIE, told
    print(
        f"{same} of {len(jobs)} texts are the same to the end; over {len(differences)} tokens the log-probabilities"
        f" differ by {sum(differences) / len(differences):.4f} on average, {max(differences):.4f} at most"
    )
    gaps = sorted(gap(score) for written in ours for score in written.scores)
    print(f"the usual gap between the two likeliest tokens is {gaps[len(gaps) // 2]:.2f} nats")
    assert gaps[len(gaps) // 2] > 2 * TIE, "where all tokens are ties, partings at ties show nothing"
    assert sum(differences) / len(differences) < TOLERANCE
    first, second, without = ours[0].text, ours[len(prompts)].text, ours[2 * len(prompts)].text
    assert len({first, second, without}) == 3, "versions that write alike show nothing"


def test_vllm__another_version_is_far_from_the_same(
    base: Base, versions: list[tuple[LoadedVersion, bytes]], engine: VllmEngine
) -> None:
    """The control: were the adapter ignored or confused, the comparison would see it."""
    prompt = chat_prompt(base.tokenizer, request(kind="chapter", wish=WISHES[0]))
    one, other = (write(engine, [(version.name, version, prompt)], base)[0] for version, _ in versions)
    plain = write(engine, [(base.name, None, prompt)], base)[0]
    for a, b in ((one, other), (one, plain), (other, plain)):
        at = next(n for n, (x, y) in enumerate(zip(a.tokens, b.tokens, strict=False)) if x != y)
        assert at < TOKENS // 2


def test_probe__tells_the_base_from_one_that_is_a_little_off(base: Base, vllm: str) -> None:
    """What the check at the start can and cannot tell, in nats."""

    async def difference(scores: list[float]) -> float:
        client = VllmClient(vllm, key=KEY)
        try:
            found = await client.prompt_scores(base.name, probe._tokens)
        finally:
            await client.close()
        return sum(abs(a - b) for a, b in zip(scores, found, strict=True)) / len(scores)

    probe = Probe(base)
    print(f"the right base: {asyncio.run(difference(probe._scores)):.4f}")
    for bits in (8, 6, 5, 4):
        other = load_base("SmolLM2-135M-Instruct", MODELS)
        round_weights(other, bits)
        assert weights_sha256(other.model) != weights_sha256(base.model)
        found = asyncio.run(difference(Probe(other)._scores))
        print(f"weights rounded to {bits} bits: {found:.4f}")
    assert asyncio.run(difference(probe._scores)) < TOLERANCE < found


@torch.no_grad()
def round_weights(base: Base, bits: int) -> None:
    """Round every linear layer's weights to ``bits`` bits, with one scale for each output."""
    for layer in base.layers.values():
        weight = layer.base.weight.float()
        scale = weight.abs().amax(dim=1, keepdim=True) / (2 ** (bits - 1) - 1)
        layer.base.weight.copy_((weight / scale).round() * scale)


@dataclasses.dataclass
class Server:
    """``studio serve --vllm``, as an operator starts it."""

    studio: HttpStudio
    url: str
    key: Path
    folder: Path


@pytest.fixture(scope="module")
def server(
    vllm: str, engine: VllmEngine, base_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    engine.stop()  # one studio for one vLLM
    home = tmp_path_factory.mktemp("home")
    key, port, folder = ensure_grant_key(home), free_port(), home / "adapters"
    program = str(Path(sys.executable).with_name("studio"))
    command = [program, "serve", "--port", str(port), "--grant-key", str(public_path(key)), "--models-dir", str(MODELS)]
    command += ["--vllm", vllm, "--adapters", str(folder), "--base", str(base_folder)]
    process = subprocess.Popen(command, env={**os.environ, "VLLM_API_KEY": KEY})
    url = f"http://127.0.0.1:{port}"
    end = time.monotonic() + 300
    while not ready(url):
        assert process.poll() is None, "studio serve ended"
        assert time.monotonic() < end, "studio serve is not ready"
        time.sleep(0.5)
    yield Server(HttpStudio(url=url, grant_key_path=str(key), answer_timeout=600), url, key, folder)
    process.terminate()
    assert process.wait(60) in (0, -signal.SIGTERM)
    assert [path.name for path in folder.iterdir() if path.is_dir()] == [], "adapters were left on the disk"


def ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_client__hosts_generates_with_credit_and_the_seed_counts(
    versions: list[tuple[LoadedVersion, bytes]], server: Server
) -> None:
    for version, archive in versions:

        def ask(seed: int, name: str = version.name) -> str:
            made = server.studio.generate(
                version=name, prompt=WISHES[0], seed=seed, max_tokens=32, asked_by=BUYER, on_text=lambda text: True
            )
            assert 0 < made.tokens <= 32
            assert sum(share for _, share in made.credit) == pytest.approx(1, abs=1e-6)
            return made.text

        with pytest.raises(VersionNotLoadedError):
            ask(1)
        server.studio.host(version=version.name, archive=archive)
        first = ask(1)
        print(f"{version.name}: {first!r}")
        assert first == ask(1)
        assert first != ask(2)
        assert (server.folder / folder_name(version.name)).is_dir()


def test_client__evict_ends_a_running_stream_within_a_second_and_then_there_is_nothing(
    versions: list[tuple[LoadedVersion, bytes]], server: Server, vllm: str
) -> None:
    version, archive = versions[0]
    server.studio.host(version=version.name, archive=archive)
    told: queue.Queue[object] = queue.Queue()

    def hear(text: str) -> bool:
        told.put(text)
        return True

    def listen() -> None:
        try:
            made = server.studio.generate(
                version=version.name,
                prompt=WISHES[1],
                seed=3,
                max_tokens=900,
                asked_by=BUYER,
                on_text=hear,
            )
            told.put(made)
        except Exception as error:
            told.put(error)

    listener = threading.Thread(target=listen)
    listener.start()
    assert isinstance(told.get(timeout=300), str)
    began = time.monotonic()
    server.studio.evict(version=version.name)
    while isinstance(last := told.get(timeout=60), str):
        pass
    took = time.monotonic() - began
    listener.join()
    print(f"the running stream ended {took * 1000:.0f} ms after the eviction was asked for")
    assert isinstance(last, VersionNotLoadedError), last
    assert took < 1.0
    with pytest.raises(VersionNotLoadedError):
        server.studio.generate(
            version=version.name, prompt="x", seed=1, max_tokens=4, asked_by=BUYER, on_text=lambda text: True
        )
    grant = mint(server, version.name)
    answer = httpx.post(
        f"{server.url}/v1/completions", json={"model": version.name, "prompt": "x"}, headers=grant, trust_env=False
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_loaded")
    end = time.monotonic() + 5
    while version.name in (names := served(vllm)) or (server.folder / folder_name(version.name)).exists():
        assert time.monotonic() < end, names
        time.sleep(0.05)
    print(f"and vLLM had forgotten it {(time.monotonic() - began) * 1000:.0f} ms after; it serves {names}")


def test_client__an_answer_keeps_to_a_schema(versions: list[tuple[LoadedVersion, bytes]], server: Server) -> None:
    version, archive = versions[1]
    server.studio.host(version=version.name, archive=archive)
    schema = {
        "type": "object",
        "properties": {"town": {"type": "string", "maxLength": 20}, "year": {"type": "integer"}},
        "required": ["town", "year"],
        "additionalProperties": False,
    }
    body = {
        "model": version.name,
        "messages": [{"role": "user", "content": "where and when"}],
        "max_tokens": 80,
        "seed": 1,
        "response_format": {"type": "json_schema", "json_schema": {"name": "place", "schema": schema}},
    }
    grant = mint(server, version.name)
    answer = httpx.post(f"{server.url}/v1/chat/completions", json=body, headers=grant, timeout=300, trust_env=False)
    text = answer.json()["choices"][0]["message"]["content"]
    print(text)
    assert set(json.loads(text)) == {"town", "year"}


def test_serve__with_the_wrong_key_ends_with_a_message(vllm: str, base_folder: Path, tmp_path: Path) -> None:
    program = str(Path(sys.executable).with_name("studio"))
    command = [program, "serve", "--no-grants", "--port", str(free_port()), "--models-dir", str(MODELS)]
    command += ["--vllm", vllm, "--adapters", str(tmp_path / "adapters"), "--base", str(base_folder)]
    environment = {**os.environ, "VLLM_API_KEY": "wrong"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert "Is VLLM_API_KEY the same?" in done.stderr


def mint(server: Server, version: str) -> dict[str, str]:
    token = mint_grant(key=load_key(server.key), subject=version, scope="generate", max_tokens=100)
    return {"Authorization": f"Bearer {token}"}


def served(vllm: str) -> list[str]:
    answer = httpx.get(f"{vllm}/v1/models", headers={"Authorization": f"Bearer {KEY}"}, trust_env=False)
    return [row["id"] for row in answer.json()["data"]]
