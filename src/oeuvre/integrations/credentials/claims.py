"""What credentials say, in C2PA's words: a claim as a manifest definition, and a manifest as a report."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from oeuvre.kit.provenance import SourceType, WorksManifest

if TYPE_CHECKING:
    from oeuvre.kit.provenance import CredentialClaim

PIECE = "org.oeuvre.piece"
"""Our own assertion: model version, licence, prompt hash and seed."""
ACTIONS = "c2pa.actions.v2"
CREATIVE_WORK = "stds.schema-org.CreativeWork"
METADATA = "cawg.metadata"
TRAINING = {
    # The second is what readers older than C2PA 2.0 look for.
    "cawg.training-mining": (
        "cawg.ai_training",
        "cawg.ai_generative_training",
        "cawg.ai_inference",
        "cawg.data_mining",
    ),
    "c2pa.training-mining": (
        "c2pa.ai_training",
        "c2pa.ai_generative_training",
        "c2pa.ai_inference",
        "c2pa.data_mining",
    ),
}
_WORKS = "works-manifest"
_SHA256 = "urn:sha256:"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_ASSET_SOURCE = "Iptc4xmpExt:DigitalSourceType"


def parent_label(index: int) -> str:
    """The name under which the actions refer to a parent."""
    return f"parent-{index}"


def definition(claim: CredentialClaim, mime: str, *, generator: str, parents: int) -> dict[str, Any]:
    """The manifest definition for c2pa's Builder; ``parents`` ingredients are added by the caller."""
    assertions = [
        {"label": ACTIONS, "data": {"actions": _actions(claim, parents)}},
        {"label": CREATIVE_WORK, "kind": "Json", "data": _creative_work(claim)},
        {"label": METADATA, "kind": "Json", "data": _metadata(claim)},
        *(
            {"label": label, "data": {"entries": {entry: {"use": "notAllowed"} for entry in entries}}}
            for label, entries in TRAINING.items()
        ),
        {"label": PIECE, "data": _piece(claim)},
    ]
    return {
        "claim_generator_info": [{"name": generator}],
        "title": claim.title,
        "format": mime,
        "assertions": assertions,
        "ingredients": [_works_ingredient(claim.works)] if claim.works else [],
    }


def _actions(claim: CredentialClaim, parents: int) -> list[dict[str, Any]]:
    """``created``, or ``opened`` and ``edited``; pieces beyond the first parent were ``placed`` into it.

    What was done to a parent by hand are human edits, also where the whole is a composite; see ``_metadata``.
    """
    agent = {"name": claim.software_agent}
    if claim.software_version:
        agent["version"] = claim.software_version
    main: dict[str, Any] = {
        "action": "c2pa.edited" if parents else "c2pa.created",
        "digitalSourceType": (SourceType.EDITED if parents else claim.source_type).uri,
        "softwareAgent": agent,
        "when": claim.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if claim.works:
        main["parameters"] = {"ingredientIds": [_WORKS]}
    before = [
        {
            "action": "c2pa.placed" if index else "c2pa.opened",
            "parameters": {"ingredientIds": [parent_label(index)]},
        }
        for index in range(parents)
    ]
    return [*before, main, *_wording(claim)]


def _wording(claim: CredentialClaim) -> list[dict[str, Any]]:
    """A buyer may set other words on a design; the drawing is as it was, so the step states no source of its own."""
    if claim.words_edited_at is None:
        return []
    when = claim.words_edited_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = "The licensee changed the words on the design; the drawing is unchanged."
    return [{"action": "c2pa.edited", "when": when, "description": told}]


def _creative_work(claim: CredentialClaim) -> dict[str, Any]:
    author = {"@type": "Person", "name": claim.creator}
    if claim.creator_url:
        author["url"] = claim.creator_url
    return {
        "@context": "https://schema.org",
        "@type": "CreativeWork",
        "name": claim.title,
        "author": [author],
        "dateCreated": claim.created_at.astimezone(UTC).date().isoformat(),
    }


def _metadata(claim: CredentialClaim) -> dict[str, Any]:
    """Dublin Core, which C2PA 2.x prefers to CreativeWork for the same fact."""
    values: dict[str, Any] = {
        "@context": {"dc": "http://purl.org/dc/elements/1.1/"},
        "dc:creator": [claim.creator],
        "dc:title": claim.title,
    }
    if claim.licence:
        values["dc:rights"] = claim.licence
    if claim.source_type is SourceType.COMPOSITE:
        # Of the piece as a whole (IPTC Photo Metadata, Digital Source Type); an action states that of one step.
        values["@context"]["Iptc4xmpExt"] = _IPTC
        values[_ASSET_SOURCE] = claim.source_type.uri
    return values


def _piece(claim: CredentialClaim) -> dict[str, str]:
    values = {
        "version": claim.version,
        "licence": claim.licence,
        "promptSha256": claim.prompt_sha256,
        "seed": claim.seed,
        "syntheticVoice": claim.voice_source,
        "wordsEdited": claim.words_edited_at.astimezone(UTC).date().isoformat() if claim.words_edited_at else "",
    }
    return {key: value for key, value in values.items() if value}


def _works_ingredient(works: WorksManifest) -> dict[str, Any]:
    return {
        "label": _WORKS,
        "title": works.title,
        "format": "application/json",
        "relationship": "inputTo",
        "instance_id": _SHA256 + works.sha256,
        "description": "The works that the model version was trained on, by the SHA-256 of their manifest.",
    }


def statements(manifest: dict[str, Any]) -> dict[str, Any]:
    """The fields of a CredentialReport that an active manifest states; tolerant of manifests of others."""
    assertions = {item["label"]: item.get("data") for item in manifest.get("assertions", [])}
    piece = _mapping(assertions.get(PIECE))
    ingredients = [_mapping(item) for item in manifest.get("ingredients", [])]
    signature = _mapping(manifest.get("signature_info"))
    return {
        "title": str(manifest.get("title") or ""),
        "creator": _creator(assertions),
        "version": str(piece.get("version", "")),
        "licence": str(piece.get("licence", "")),
        "prompt_sha256": str(piece.get("promptSha256", "")),
        "seed": str(piece.get("seed", "")),
        "voice_source": str(piece.get("syntheticVoice", "")),
        "words_edited": str(piece.get("wordsEdited", "")),
        "source_type": _source_type(assertions),
        "edited_by_hand": SourceType.EDITED.uri in _stated_sources(assertions),
        "works": _works(ingredients),
        "parents": tuple(
            str(item.get("title", ""))
            for item in ingredients
            if item.get("relationship") in ("parentOf", "componentOf")
        ),
        "training_allowed": _training_allowed(assertions),
        "issuer": str(signature.get("issuer") or ""),
        "signed_by": str(signature.get("common_name") or ""),
    }


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _creator(assertions: dict[str, Any]) -> str:
    authors = _mapping(assertions.get(CREATIVE_WORK)).get("author")
    if isinstance(authors, list) and authors:
        return str(_mapping(authors[0]).get("name", ""))
    creators = _mapping(assertions.get(METADATA)).get("dc:creator")
    return str(creators[0]) if isinstance(creators, list) and creators else ""


def _stated_sources(assertions: dict[str, Any]) -> list[str]:
    """What the actions state, the first one first."""
    actions = _mapping(assertions.get(ACTIONS)).get("actions")
    stated = [_mapping(action).get("digitalSourceType") for action in (actions if isinstance(actions, list) else [])]
    return [uri for uri in stated if isinstance(uri, str)]


def _source_type(assertions: dict[str, Any]) -> SourceType | None:
    """That of the piece as a whole, else that of the last action that states one which we know."""
    known = {member.uri: member for member in SourceType}
    whole = _mapping(assertions.get(METADATA)).get(_ASSET_SOURCE)
    found = [known[uri] for uri in (*_stated_sources(assertions), whole) if isinstance(uri, str) and uri in known]
    return found[-1] if found else None


def _works(ingredients: list[dict[str, Any]]) -> WorksManifest | None:
    for item in ingredients:
        identifier = str(item.get("instance_id", ""))
        if item.get("relationship") == "inputTo" and identifier.startswith(_SHA256):
            return WorksManifest(str(item.get("title", "")), identifier.removeprefix(_SHA256))
    return None


def _training_allowed(assertions: dict[str, Any]) -> bool | None:
    """False only where every entry of every statement on training and mining says ``notAllowed``."""
    entries = [
        _mapping(entry).get("use")
        for label in TRAINING
        for entry in _mapping(_mapping(assertions.get(label)).get("entries")).values()
    ]
    return any(use != "notAllowed" for use in entries) if entries else None
