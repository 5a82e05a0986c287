"""Writing the catalogue: the only door for other domains and for interfaces."""

from oeuvre.domains.catalog.content import (
    Criterion,
    Extra,
    Fact,
    Faq,
    GigContent,
    Package,
    Question,
    Sample,
)
from oeuvre.domains.catalog.criteria import criterion_check_register, criterion_problem
from oeuvre.domains.catalog.documents import gig_document_part_register
from oeuvre.domains.catalog.files import catalogue_folder
from oeuvre.domains.catalog.references import Reference, ReferenceSource, reference_register
from oeuvre.domains.catalog.services.attributes import (
    attribute_add,
    attribute_option_add,
    attribute_option_rename,
    attribute_update,
)
from oeuvre.domains.catalog.services.catalogue import catalogue_load
from oeuvre.domains.catalog.services.entries import entries_order, entry_hide, entry_move, entry_restore, entry_show
from oeuvre.domains.catalog.services.gigs import (
    gig_create,
    gig_draft_discard,
    gig_draft_open,
    gig_draft_save,
    gig_submit,
    gig_withdraw,
)
from oeuvre.domains.catalog.services.images import gig_image_add, gig_image_expire
from oeuvre.domains.catalog.services.index import documents_refresh, freelancer_document_refresh, gig_document_refresh
from oeuvre.domains.catalog.services.review import gig_version_publish, gig_version_return
from oeuvre.domains.catalog.services.running import (
    gig_availability_set,
    gig_close,
    gig_pause,
    gig_remove,
    gig_resume,
    gig_resume_due,
)
from oeuvre.domains.catalog.services.skill_entries import skill_add, skill_area_add, skill_area_update, skill_update
from oeuvre.domains.catalog.services.skills import (
    freelancer_skill_add,
    freelancer_skill_evidence_add,
    freelancer_skill_evidence_remove,
    freelancer_skill_remove,
)
from oeuvre.domains.catalog.services.tree import (
    category_add,
    category_attributes_set,
    category_update,
    use_case_add,
    use_case_update,
)

__all__ = [
    "Criterion",
    "Extra",
    "Fact",
    "Faq",
    "GigContent",
    "Package",
    "Question",
    "Reference",
    "ReferenceSource",
    "Sample",
    "attribute_add",
    "attribute_option_add",
    "attribute_option_rename",
    "attribute_update",
    "catalogue_folder",
    "catalogue_load",
    "category_add",
    "category_attributes_set",
    "category_update",
    "criterion_check_register",
    "criterion_problem",
    "documents_refresh",
    "entries_order",
    "entry_hide",
    "entry_move",
    "entry_restore",
    "entry_show",
    "freelancer_document_refresh",
    "freelancer_skill_add",
    "freelancer_skill_evidence_add",
    "freelancer_skill_evidence_remove",
    "freelancer_skill_remove",
    "gig_availability_set",
    "gig_close",
    "gig_create",
    "gig_document_part_register",
    "gig_document_refresh",
    "gig_draft_discard",
    "gig_draft_open",
    "gig_draft_save",
    "gig_image_add",
    "gig_image_expire",
    "gig_pause",
    "gig_remove",
    "gig_resume",
    "gig_resume_due",
    "gig_submit",
    "gig_version_publish",
    "gig_version_return",
    "gig_withdraw",
    "reference_register",
    "skill_add",
    "skill_area_add",
    "skill_area_update",
    "skill_update",
    "use_case_add",
    "use_case_update",
]
