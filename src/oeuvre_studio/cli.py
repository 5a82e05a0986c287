"""The ``studio`` command."""

from __future__ import annotations

import json
import mimetypes
import pkgutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from oeuvre_studio.artifacts import load_version, read_files, write_files
from oeuvre_studio.catalog import default_models_dir
from oeuvre_studio.cli_bench import bench
from oeuvre_studio.cli_common import (
    BaseName,
    Cancellation,
    CheckFlag,
    JsonFlag,
    ModelsDir,
    Threads,
    check_bars,
    reporting,
    show_bars,
)
from oeuvre_studio.cli_models import models
from oeuvre_studio.cli_say import say
from oeuvre_studio.errors import UsageError
from oeuvre_studio.modalities import EvaluateRequest, GenerateRequest, TrainRequest, modality
from oeuvre_studio.protocol import dump, pack
from oeuvre_studio.runtime import set_threads
from oeuvre_studio.serve.limits import EngineLimits

LIMITS = EngineLimits()
SERVER = "oeuvre_studio.serve.main:serve_forever"
BASE_EXPORT = "oeuvre_studio.text.base_export:export_base"
PEFT_EXPORT = "oeuvre_studio.text.peft_layout:write_peft"

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Trains, measures and serves versions.")
app.add_typer(models, name="models")
app.add_typer(bench, name="bench")
app.command()(say)

Others = Annotated[list[Path] | None, typer.Option("--others", help="Another author's works, or a version.")]
OthersIndexFile = Annotated[Path | None, typer.Option("--others-index", help="Sketches of everybody else's works.")]
OthersKeyFile = Annotated[Path | None, typer.Option("--others-key", help="The key of --others-index: 64 hex digits.")]
VersionDir = Annotated[Path, typer.Argument(metavar="DIR", help="A version's folder, or its tar.")]


@app.command()
def train(
    modality_name: Annotated[str, typer.Argument(metavar="MODALITY", help="text, voice or image.")],
    works: Annotated[str, typer.Option(help="A folder of works, or - for JSON lines on standard input.")],
    out: Annotated[Path, typer.Option(help="Becomes the version's folder.")],
    name: Annotated[str, typer.Option(help="The model's name; default: the author's.")] = "",
    held_out: Annotated[
        float, typer.Option(min=0.01, max=0.5, help="Share of the works held out, by their size.")
    ] = 0.15,
    seed: int = 0,
    max_minutes: Annotated[float | None, typer.Option(min=0.1, help="Most minutes for the training phase.")] = None,
    max_steps: Annotated[int | None, typer.Option(min=0, help="Most steps; 0: no limit of its own.")] = None,
    canaries: Annotated[int | None, typer.Option(min=0, max=50, help="Text: made-up records to plant.")] = None,
    language: Annotated[str | None, typer.Option(help="Voice: en-us, en-gb, pt-br, fr or es.")] = None,
    consents: Annotated[Path | None, typer.Option(help="Signed consents for the manifest, JSON.")] = None,
    others: Others = None,
    others_index: OthersIndexFile = None,
    others_key: OthersKeyFile = None,
    signing_key: Annotated[Path | None, typer.Option(help="Ed25519 private key, PEM.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint in --out.")] = False,
    base: BaseName = None,
    models_dir: ModelsDir = None,
    threads: Threads = 0,
    check: CheckFlag = False,
    json_: JsonFlag = False,
) -> None:
    """Train a version on a body of work, put it to the release gate, and write it signed."""
    cancelled = Cancellation()
    cancelled.listen()
    set_threads(threads)
    with reporting(as_json=json_) as reporter:
        request = TrainRequest(
            works=works,
            out=out,
            name=name,
            models_dir=models_dir or default_models_dir(),
            base=base,
            held_out=held_out,
            seed=seed,
            max_minutes=max_minutes,
            others=tuple(others or ()),
            signing_key=signing_key,
            resume=resume,
            cancelled=cancelled,
            options=given(
                max_steps=max_steps,
                canaries=canaries,
                language=language,
                consents=consents,
                others_index=others_index,
                others_key=others_key,
            ),
        )
        result = modality(modality_name).train(request, reporter)
    if not json_:
        show_bars(result.bars)
        print(f"{result.version} {result.status} in {result.seconds:.0f} s: {result.dir}/report.html")
    else:
        print(json.dumps(dump(result), ensure_ascii=False))
    if check:
        with reporting(as_json=json_):
            check_bars(result.bars)


@app.command()
def evaluate(
    version: VersionDir,
    works: Annotated[Path, typer.Option(help="The folder of works it was trained from.")],
    others: Others = None,
    others_index: OthersIndexFile = None,
    others_key: OthersKeyFile = None,
    canaries: Annotated[bool, typer.Option("--canaries", help="Text: also try to get the canaries back.")] = False,
    seed: int = 0,
    base: BaseName = None,
    models_dir: ModelsDir = None,
    threads: Threads = 0,
    check: CheckFlag = False,
    json_: JsonFlag = False,
) -> None:
    """Put a version to the release gate, number by number."""
    cancelled = Cancellation()
    cancelled.listen()
    set_threads(threads)
    with reporting(as_json=json_) as reporter:
        loaded = load_version(read_files(version))
        request = EvaluateRequest(
            version=loaded,
            works=works,
            models_dir=models_dir or default_models_dir(),
            base=base,
            others=tuple(others or ()),
            seed=seed,
            cancelled=cancelled,
            options=given(canaries=canaries or None, others_index=others_index, others_key=others_key),
        )
        report = modality(loaded.manifest.modality).evaluate(request, reporter)
    if json_:
        print(json.dumps({"version": loaded.name, **dump(report)}, ensure_ascii=False))
    else:
        show_bars(report.bars)
    if check:
        with reporting(as_json=json_):
            check_bars(report.bars)


@app.command()
def generate(
    version: VersionDir,
    prompt: Annotated[str, typer.Option(help="What you would like to have.")],
    n: Annotated[int, typer.Option("--n", min=1, max=64, help="How many outputs.")] = 1,
    seed: int = 0,
    max_tokens: Annotated[int | None, typer.Option(min=1, max=4096, help="Text.")] = None,
    temperature: Annotated[float | None, typer.Option(min=0.0, max=2.0, help="Text.")] = None,
    top_p: Annotated[float | None, typer.Option(min=0.01, max=1.0, help="Text.")] = None,
    size: Annotated[str | None, typer.Option(metavar="WxH", help="Image: pixels.")] = None,
    guide: Annotated[Path | None, typer.Option(help="Image: a sketch or photo to follow.")] = None,
    format_: Annotated[str | None, typer.Option("--format", help="Image or voice: png, wav, …")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Anything else the modality knows.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A file for one output, a folder for several.")] = None,
    base: BaseName = None,
    models_dir: ModelsDir = None,
    threads: Threads = 0,
    json_: JsonFlag = False,
) -> None:
    """Make something with a version. The same seed gives the same output."""
    set_threads(threads)
    with reporting(as_json=json_):
        loaded = load_version(read_files(version))
        request = GenerateRequest(
            version=loaded,
            prompt=prompt,
            n=n,
            seed=seed,
            models_dir=models_dir or default_models_dir(),
            base=base,
            options={
                **given(
                    max_tokens=max_tokens,
                    temperature=temperature,
                    top_p=top_p,
                    size=size,
                    guide=guide,
                    format=format_,
                ),
                **pairs(set_ or ()),
            },
        )
        chosen = modality(loaded.manifest.modality)
        if out is None and chosen.makes_files:
            raise UsageError("What this version makes is a file. Say where it goes with --out.")
        outputs = chosen.generate(request)
        if out is not None:
            save_outputs(out, outputs)
    if json_:
        print(json.dumps(outputs, ensure_ascii=False))
    elif out is None:
        print("\n\n---\n\n".join(str(output["text"]) for output in outputs))


def given(**options: Any) -> dict[str, Any]:
    """The options that were given."""
    return {name: value for name, value in options.items() if value is not None}


def pairs(texts: Iterable[str]) -> dict[str, str]:
    """``NAME=VALUE`` as a dictionary; a name's hyphens become underscores.

    Raises:
        UsageError: there is no ``=`` or no name.
    """
    found = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not (name and sign):
            raise UsageError(f"--set takes NAME=VALUE, not {text!r}.")
        found[name.replace("-", "_")] = value
    return found


def save_outputs(out: Path, outputs: list[dict[str, Any]]) -> None:
    """Write each output to a file and note where in its ``path``: ``out`` itself for one, inside it for several. A preview
    goes beside it, and so does what else comes with it.
    """
    for number, output in enumerate(outputs, start=1):
        path = out if len(outputs) == 1 and not out.is_dir() else out / f"{number:02d}{output.get('suffix', '.txt')}"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = output.pop("content", None)
        path.write_bytes(content if content is not None else str(output["text"]).encode())
        output["path"] = str(path)
        if (marked := output.pop("preview", None)) is not None:
            beside = path.with_name(f"{path.stem}.preview{mimetypes.guess_extension(output['preview_mime']) or ''}")
            beside.write_bytes(marked)
            output["preview_path"] = str(beside)
        for ending, also in output.pop("beside", {}).items():
            path.with_name(f"{path.stem}.{ending}").write_bytes(also)


@app.command()
def verify(version: VersionDir, json_: JsonFlag = False) -> None:
    """Check a version's hash and signature; prints its name."""
    with reporting(as_json=json_):
        loaded = load_version(read_files(version))
    facts = {
        "version": loaded.name,
        "base": loaded.manifest.base,
        "base_sha256": loaded.manifest.base_sha256,
        "public_key": loaded.signature.public_key,
        "works": len(loaded.manifest.works),
        "status": loaded.manifest.report.status,
    }
    print(json.dumps(facts) if json_ else "\n".join(f"{key}: {value}" for key, value in facts.items()))


@app.command("pack")
def pack_version(version: VersionDir, out: Annotated[Path, typer.Option(help="The tar to write.")]) -> None:
    """Pack a version into one tar; the same version always gives the same bytes."""
    with reporting(as_json=False):
        out.write_bytes(pack(read_files(version)))


@app.command("unpack")
def unpack_version(version: VersionDir, out: Annotated[Path, typer.Option(help="The folder to write.")]) -> None:
    """Unpack and verify a packed version; prints its name."""
    with reporting(as_json=False):
        name = write_files(out, read_files(version))
    print(name)


@app.command()
def export(version: VersionDir, out: Annotated[Path, typer.Option(help="The folder to write.")]) -> None:
    """Write a version in PEFT's layout, for other programs; prints its name."""
    with reporting(as_json=False):
        loaded = load_version(read_files(version))
        write: Callable[..., None] = pkgutil.resolve_name(PEFT_EXPORT)
        write(loaded, out)
    print(loaded.name)


@app.command("export-base")
def export_base(
    out: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to write.")],
    base: BaseName = None,
    models_dir: ModelsDir = None,
) -> None:
    """Write the base as a Hugging Face folder, for other programs; prints its name and hash."""
    set_threads(0)
    with reporting(as_json=False):
        run: Callable[..., tuple[str, str]] = pkgutil.resolve_name(BASE_EXPORT)  # only now: it takes seconds
        name, sha256 = run(base, models_dir or default_models_dir(), out)
    print(f"{name} {sha256}")


@app.command()
def serve(
    versions: Annotated[Path | None, typer.Option(help="A version's folder, or a folder of such folders.")] = None,
    port: int = 8001,
    host: str = "127.0.0.1",
    grant_key: Annotated[str, typer.Option(help="The platform's public key: PEM, or a file with it.")] = "",
    no_grants: Annotated[bool, typer.Option("--no-grants", help="Serve anybody on this machine.")] = False,
    memory_mb: Annotated[int, typer.Option(min=1, help="Most MiB of versions kept open in memory.")] = 4096,
    running: Annotated[int, typer.Option(min=1, help="Most texts written at a time.")] = LIMITS.running,
    queue: Annotated[int, typer.Option(min=1, help="Most texts waiting.")] = LIMITS.waiting,
    model_running: Annotated[int, typer.Option(min=1, help="The same for one model.")] = LIMITS.model_running,
    model_queue: Annotated[int, typer.Option(min=1, help="The same for one model.")] = LIMITS.model_waiting,
    tenant_running: Annotated[int, typer.Option(min=1, help="The same for one tenant.")] = LIMITS.tenant_running,
    tenant_queue: Annotated[int, typer.Option(min=1, help="The same for one tenant.")] = LIMITS.tenant_waiting,
    workers: Annotated[int, typer.Option(min=1, help="Processes that make recordings and pictures.")] = 1,
    vllm: Annotated[str, typer.Option(help="Address of a vLLM that computes instead.")] = "",
    adapters: Annotated[Path | None, typer.Option(help="With --vllm: the folder it finds adapters in.")] = None,
    base: BaseName = None,
    models_dir: ModelsDir = None,
    threads: Threads = 0,
) -> None:
    """Serve versions over HTTP in the OpenAI format."""
    set_threads(threads)
    with reporting(as_json=False):
        run: Callable[..., None] = pkgutil.resolve_name(SERVER)  # only now: it brings torch along
        run(
            versions=versions,
            host=host,
            port=port,
            grant_key=grant_key,
            no_grants=no_grants,
            memory_mb=memory_mb,
            limits=EngineLimits(running, queue, model_running, model_queue, tenant_running, tenant_queue),
            vllm=vllm,
            adapters=adapters,
            workers=workers,
            base=base,
            models_dir=models_dir or default_models_dir(),
        )
