"""A person at an installation, in a process of its own: reads commands as JSON lines, answers each with one.

    python -m tests.faults.driver

Runs with the environment of the installation; what it does goes through the services, as the site's views do.
"""

from __future__ import annotations

import json
import sys
from typing import Any
from uuid import UUID

import django

from oeuvre.config import bootstrap

bootstrap.ensure_database_url()
django.setup()

from django.db import Error, close_old_connections, connections  # noqa: E402  (needs the settings above)

from oeuvre.domains.accounts.models import User  # noqa: E402
from oeuvre.domains.billing.models import Payment  # noqa: E402
from oeuvre.domains.creation import services as creation  # noqa: E402
from oeuvre.domains.creation.earnings import earnings  # noqa: E402
from oeuvre.domains.creation.models import (  # noqa: E402
    Generation,
    Licence,
    LicenceFile,
    ModelVersion,
    TrainingRun,
)
from oeuvre.domains.ledger import selectors as ledger  # noqa: E402
from oeuvre.integrations.sandbox_payments.models import SandboxCharge  # noqa: E402
from oeuvre.kit.money import Money  # noqa: E402
from tests.support.factories import CARD, PROMPT, vetted_freelancer, works  # noqa: E402

FREELANCER, BUYER = "vetted@example.org", "buyer@example.org"


def prepare() -> dict[str, str]:
    """A vetted freelancer with works and a priced draft, and a buyer."""
    freelancer = vetted_freelancer(FREELANCER)
    works(freelancer)
    User.objects.create_user(BUYER, "a long password", display_name="Cleo Marsh")
    model = creation.model_create(
        actor=freelancer.actor, name="Harbour Voice", tagline="Notices", description="Short texts."
    )
    creation.model_price_set(actor=freelancer.actor, model_id=model.pk, use="commercial", amount=Money(900))
    return {"model": str(model.pk)}


def train(model: str, seed: int) -> dict[str, str]:
    run = creation.training_start(actor=_freelancer().actor, model_id=UUID(model), seed=seed)
    return {"run": str(run.pk)}


def run_state(run: str) -> dict[str, Any]:
    row = TrainingRun.objects.get(pk=UUID(run))
    steps = [point["step"] for point in row.curve]
    return {
        "status": row.status,
        "step": row.step,
        "attempts": row.attempts,
        "error": row.error_message,
        "steps_unique": len(set(steps)) == len(steps),
        "versions": ModelVersion.objects.filter(run=row).count(),
    }


def publish(model: str) -> dict[str, str]:
    actor = _freelancer().actor
    version = ModelVersion.objects.filter(model_id=UUID(model)).latest("created_at")
    creation.sample_judge(actor=actor, version_id=version.pk, index=0, accepted=True)
    creation.version_approve(actor=actor, version_id=version.pk)
    creation.model_update(actor=actor, model_id=UUID(model), daily_previews=100)
    return {"status": creation.model_publish(actor=actor, model_id=UUID(model)).status}


def generate(model: str) -> dict[str, str]:
    buyer = User.objects.get(email=BUYER)
    piece = creation.generation_request(
        actor=buyer.actor, model_id=UUID(model), prompt=PROMPT, options={"max_tokens": 80}
    )
    return {"generation": str(piece.pk)}


def generation_state(generation: str) -> dict[str, Any]:
    row = Generation.objects.get(pk=UUID(generation))
    return {"status": row.status, "preview": row.preview, "sealed": bool(row.content_key), "failure": row.failure}


def buy(generation: str) -> dict[str, str]:
    buyer = User.objects.get(email=BUYER)
    licence = creation.licence_buy(
        actor=buyer.actor, generation_id=UUID(generation), use="commercial", method_token=CARD
    )
    return {"licence": str(licence.pk)}


def licence_state(licence: str) -> dict[str, Any]:
    row = Licence.objects.get(pk=UUID(licence))
    payments = Payment.objects.filter(reference_id=row.pk)
    return {
        "status": row.status,
        "payments": sorted(payments.values_list("status", flat=True)),
        "charges": SandboxCharge.objects.filter(
            idempotency_key__in=payments.values("idempotency_key"), status="succeeded"
        ).count(),
        "postings": len(ledger.postings_for(reference_type="licence", reference_id=row.pk)),
        "files": LicenceFile.objects.filter(licence=row).count(),
    }


def books() -> dict[str, Any]:
    got = earnings(actor=_freelancer().actor, currency="USD")
    return {"balanced": ledger.ledger_check().ok, "agrees": got.agrees, "sales": got.sales}


def versions(model: str) -> dict[str, int]:
    return {"versions": ModelVersion.objects.filter(model_id=UUID(model)).count()}


def _freelancer() -> User:
    return User.objects.get(email=FREELANCER)


COMMANDS = {
    function.__name__: function
    for function in (
        prepare, train, run_state, publish, generate, generation_state, buy, licence_state, books, versions,
    )
}  # fmt: skip


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        close_old_connections()
        try:
            answer: dict[str, Any] = COMMANDS[asked.pop("do")](**asked)
        except Error as error:  # the database was killed: the caller asks again
            connections.close_all()
            answer = {"database_error": str(error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
