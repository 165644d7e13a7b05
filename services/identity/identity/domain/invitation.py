"""Who may be invited as what."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

_STAFF = ("admin", "front_desk", "specialist")


def is_free(standing: Mapping[str, Any], patient_id: UUID) -> bool:
    """Whether a membership may become this patient's: staff stay staff, and who has signed in as a patient stays that
    patient, since one person wears one hat at a time."""
    same = standing["accepted_at"] is None or standing["patient_id"] == patient_id
    return standing["role"] not in _STAFF and same
