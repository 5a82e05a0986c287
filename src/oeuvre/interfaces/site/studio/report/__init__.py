"""A training report as people read it: does it sound like me, does it copy me?

Everything here takes the plain JSON of a run or version and does without what is missing: an imported version carries
only the summary of its report.
"""

from oeuvre.interfaces.site.studio.report.titles import near_works, own_recordings, refused_titles
from oeuvre.interfaces.site.studio.report.view import ReportView, report_view

__all__ = ["ReportView", "near_works", "own_recordings", "refused_titles", "report_view"]
