"""Starting the server."""

from pathlib import Path


def serve_forever(
    *,
    versions: Path | None,
    host: str,
    port: int,
    grant_key: str,
    no_grants: bool,
    memory_versions: int,
    queue: int,
    base: str | None,
    models_dir: Path,
) -> None:
    """Placeholder."""
