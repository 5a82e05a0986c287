"""Writing the portfolio: the only door for other domains and for interfaces."""

from oeuvre.domains.portfolio.services_contents import ContentReading, content_read, picture_redrawn
from oeuvre.domains.portfolio.services_duplicates import duplicate_passages, duplicate_resolve, duplicate_shown
from oeuvre.domains.portfolio.services_exports import works_destroy, works_export
from oeuvre.domains.portfolio.services_sketches import sketches_complete
from oeuvre.domains.portfolio.services_uploads import RefusedFile, UploadResult, works_add_many
from oeuvre.domains.portfolio.services_works import (
    work_add,
    work_content,
    work_kept,
    work_paste,
    work_remove,
    work_rights_set,
    work_update,
)

__all__ = [
    "ContentReading",
    "RefusedFile",
    "UploadResult",
    "content_read",
    "duplicate_passages",
    "duplicate_resolve",
    "duplicate_shown",
    "picture_redrawn",
    "sketches_complete",
    "work_add",
    "work_content",
    "work_kept",
    "work_paste",
    "work_remove",
    "work_rights_set",
    "work_update",
    "works_add_many",
    "works_destroy",
    "works_export",
]
