"""Other people's programs, as they are, against a server on this machine: openai, llm and LangChain."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import openai
import pydantic
import pytest
from langchain_openai import ChatOpenAI, OpenAI, OpenAIEmbeddings

from oeuvre_studio.protocol import TrainResult
from oeuvre_studio.serve.grants import GrantChecker
from oeuvre_studio.serve.limits import EngineLimits
from oeuvre_studio.serve.main import built_in
from oeuvre_studio.serve.workers import WorkerEngine
from oeuvre_studio.text.base import Base
from oeuvre_studio.text.embeddings import EMBEDDER, Embedder
from tests.studio import tiny
from tests.studio.serving import Running, ask, serving


class Voyage(pydantic.BaseModel):
    """What a structured answer looks like."""

    ship: str = pydantic.Field(max_length=12)
    days: int = pydantic.Field(ge=0, le=99)
    stormy: bool


@pytest.fixture(scope="module")
def own(base: Base, embedder: Embedder, trained: TrainResult) -> Iterator[Running]:
    """A server for one's own use, which asks for no grants, with a folder of versions."""
    studio = built_in(
        base,
        embedder,
        grants=GrantChecker(None),
        workers=WorkerEngine(Path(trained.dir)),
        limits=EngineLimits(),
        memory=2**30,
        versions=Path(trained.dir),
        reader=tiny.reader,
    )
    with serving(studio) as url:
        yield Running(studio, url, trained.version, b"")


def test_openai__chats_and_the_same_seed_gives_the_same_text(running: Running) -> None:
    answers = [
        running.client().chat.completions.create(model=running.version, messages=ask(), seed=5, max_tokens=16)
        for _ in range(2)
    ]
    first, second = (answer.choices[0].message.content for answer in answers)
    assert first == second
    assert first
    told = answers[0].oeuvre  # type: ignore[attr-defined]  # ours
    assert (told["seed"], told["version"]) == (5, running.version)
    assert sum(share["share"] for share in told["credit"]) == pytest.approx(1.0)
    assert answers[0].usage is not None
    assert answers[0].usage.completion_tokens == told["tokens"] <= 16
    assert answers[0].system_fingerprint == answers[1].system_fingerprint


def test_openai__streams_the_text_it_would_give_at_once(running: Running) -> None:
    whole = running.client().chat.completions.create(
        model=running.version, messages=ask(), seed=5, max_tokens=16, stop=["e"], n=2
    )
    stream = running.client().chat.completions.create(
        model=running.version,
        messages=ask(),
        seed=5,
        max_tokens=16,
        stop=["e"],
        n=2,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    texts, reasons = ["", ""], ["", ""]
    for choice in (choice for chunk in chunks for choice in chunk.choices):
        texts[choice.index] += choice.delta.content or ""
        reasons[choice.index] = choice.finish_reason or reasons[choice.index]
    assert texts == [choice.message.content for choice in whole.choices]
    assert reasons == [choice.finish_reason for choice in whole.choices]
    told = [chunk.oeuvre for chunk in chunks if hasattr(chunk, "oeuvre")]
    assert sorted(told, key=lambda each: each["seed"]) == whole.oeuvre  # type: ignore[attr-defined]  # ours
    assert chunks[-1].usage == whole.usage
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_openai__completes_lists_retrieves_and_embeds(running: Running) -> None:
    base = running.studio.base.name
    anybody = running.client(running.grant(subject=base))
    completion = anybody.completions.create(model=base, prompt="The sea", max_tokens=4, seed=1)
    assert completion.usage is not None
    assert completion.usage.prompt_tokens == 7
    visitor = running.client(running.grant("embed", "*"))
    assert [model.id for model in visitor.models.list()] == [base, running.version]
    assert visitor.models.retrieve(running.version).id == running.version
    with pytest.raises(openai.NotFoundError):
        running.client(running.grant(subject=base)).models.retrieve(running.version)
    packed = visitor.embeddings.create(model=EMBEDDER, input=["sea", "sea", "gear"])  # the client's form is base64
    plain = visitor.embeddings.create(model=EMBEDDER, input=["sea", "sea", "gear"], encoding_format="float")
    vectors = [item.embedding for item in plain.data]
    assert vectors[0] == pytest.approx(vectors[1])
    assert sum(x * x for x in vectors[2]) == pytest.approx(1.0, rel=1e-4)
    assert [item.embedding for item in packed.data] == [pytest.approx(vector, rel=1e-5) for vector in vectors]


def test_openai__parses_a_structured_answer(running: Running) -> None:
    answer = running.client().chat.completions.parse(
        model=running.version, messages=ask(), response_format=Voyage, seed=2, max_tokens=200
    )
    assert isinstance(answer.choices[0].message.parsed, Voyage)
    assert answer.choices[0].finish_reason == "stop"


def test_openai__tells_log_probabilities(running: Running) -> None:
    answer = running.client().chat.completions.create(
        model=running.version, messages=ask(), max_tokens=5, logprobs=True, top_logprobs=3, temperature=0, seed=1
    )
    told = answer.choices[0].logprobs
    assert told is not None
    assert told.content
    assert answer.usage is not None
    assert len(told.content) == answer.usage.completion_tokens
    assert all(len(token.top_logprobs) == 3 for token in told.content)


def test_openai__raises_its_own_errors(running: Running) -> None:
    def wrong(token: str, **more: object) -> None:
        running.client(token).chat.completions.create(model=running.version, messages=ask(), **more)  # type: ignore[call-overload]  # wrong on purpose

    with pytest.raises(openai.AuthenticationError):
        wrong("nonsense")
    with pytest.raises(openai.PermissionDeniedError):
        wrong(running.grant("embed"))
    with pytest.raises(openai.BadRequestError) as caught:
        wrong(running.grant(), temperature=3)
    assert caught.value.param == "temperature"
    running.delete()
    with pytest.raises(openai.NotFoundError) as missing:
        wrong(running.grant())
    assert missing.value.code == "model_not_loaded"


@pytest.mark.usefixtures("slow")
def test_openai__raises_when_the_version_is_taken_away_in_the_middle(running: Running) -> None:
    stream = running.client().chat.completions.create(
        model=running.version,
        messages=ask(),
        stream=True,
        max_tokens=1000,
        extra_body={"response_format": {"type": "json_object"}},
        seed=1,
    )
    next(stream)
    running.delete()
    with pytest.raises(openai.APIError) as caught:
        list(stream)
    assert caught.value.code == "model_evicted"


def test_llm__writes_with_a_version(own: Running, tmp_path: Path) -> None:
    entry = {"model_id": "sailor", "model_name": own.version, "api_base": f"{own.url}/v1"}
    (tmp_path / "extra-openai-models.yaml").write_text(json.dumps([entry]))  # JSON is YAML
    environment = {**os.environ, "LLM_USER_PATH": str(tmp_path), "NO_PROXY": "127.0.0.1"}
    options = [*("-o", "max_tokens", "16"), *("-o", "seed", "5"), *("-s", "You are a sailor.")]
    for way in ([], ["--no-stream"]):
        done = subprocess.run(
            [sys.executable, "-m", "llm", "-m", "sailor", *options, *way, "the sea"],
            env=environment,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        said = [{"role": "system", "content": "You are a sailor."}, *ask()]
        asked = own.http(
            "POST", "/v1/chat/completions", json={"model": own.version, "messages": said, "max_tokens": 16, "seed": 5}
        )
        assert done.stdout.decode().strip() == asked.json()["choices"][0]["message"]["content"].strip()


def test_langchain__chats_streams_and_counts(own: Running) -> None:
    model = ChatOpenAI(model=own.version, base_url=f"{own.url}/v1", api_key="none", max_tokens=12, seed=3)  # type: ignore[call-arg, arg-type]  # its aliases
    whole = model.invoke("the sea")
    assert whole.content
    assert whole.usage_metadata is not None
    assert whole.usage_metadata["output_tokens"] <= 12
    pieces = list(model.stream("the sea", stream_usage=True))
    assert "".join(str(piece.content) for piece in pieces) == whole.content
    assert [piece.usage_metadata for piece in pieces if piece.usage_metadata][-1] is not None


def test_langchain__takes_structured_answers_completions_and_embeddings(own: Running) -> None:
    where = {"base_url": f"{own.url}/v1", "api_key": "none"}
    model = ChatOpenAI(model=own.version, max_tokens=200, seed=1, **where)  # type: ignore[call-arg, arg-type]  # its aliases
    answer = model.with_structured_output(Voyage, method="json_schema").invoke("the sea")
    assert isinstance(answer, Voyage)
    assert OpenAI(model=own.studio.base.name, max_tokens=4, seed=1, **where).invoke("the sea")  # type: ignore[call-arg, arg-type]  # its aliases
    embedder = OpenAIEmbeddings(model=EMBEDDER, check_embedding_ctx_length=False, **where)  # type: ignore[call-arg, arg-type]  # its aliases
    assert len(embedder.embed_query("the sea")) == 16
