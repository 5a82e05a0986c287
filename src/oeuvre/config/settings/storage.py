"""Where files are kept: sealed blobs in a folder of this installation or in S3-compatible storage."""

from typing import Any

from oeuvre.config import env
from oeuvre.config.settings.base import HOME

_bucket = env.get("OEUVRE_S3_BUCKET")
_sealed: dict[str, Any] = (
    # Credentials, region and endpoint come from the usual AWS_* variables (AWS_ENDPOINT_URL_S3 for other makers).
    {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": _bucket, "default_acl": None, "file_overwrite": False, "querystring_auth": True},
    }
    if _bucket
    else {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": str(HOME / "files"),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }
)

STORAGES: dict[str, dict[str, Any]] = {
    "default": _sealed,
    "sealed": _sealed,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
