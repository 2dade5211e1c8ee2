"""Exports as pages show them."""

from fedcomm.looks import moments
from fedcomm.looks.shown import ExportLine
from fedcomm.portability.exports import Export


def line(found: Export, locale: str) -> ExportLine:
    """How far one is, and until when it can be fetched."""
    return ExportLine(
        id=found.id,
        state=found.state,
        size=moments.size(found.size, locale),
        done_count=found.done_count,
        all_count=found.all_count,
        left_out=found.left_out,
        created_at=found.created_at,
        expires_at=found.expires_at,
    )
