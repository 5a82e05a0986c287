"""Writing briefs and offers: the only door for other domains and for interfaces."""

from oeuvre.domains.briefs.content import Answered, BriefContent, OfferContent, OfferPart
from oeuvre.domains.briefs.services.accepting import OfferTerms, offer_accept, offer_ordered, offer_release
from oeuvre.domains.briefs.services.briefs import (
    brief_copy,
    brief_create,
    brief_edit,
    brief_extend,
    brief_publish,
    brief_withdraw,
)
from oeuvre.domains.briefs.services.enquiring import brief_enquire
from oeuvre.domains.briefs.services.expiry import briefs_expire, offers_expire
from oeuvre.domains.briefs.services.files import brief_file_remove, brief_files_add
from oeuvre.domains.briefs.services.invitations import brief_send, invitation_decline
from oeuvre.domains.briefs.services.offers import (
    offer_decline,
    offer_draft,
    offer_edit,
    offer_send,
    offer_withdraw,
)
from oeuvre.domains.briefs.services.vectors import guide_refresh

__all__ = [
    "Answered",
    "BriefContent",
    "OfferContent",
    "OfferPart",
    "OfferTerms",
    "brief_copy",
    "brief_create",
    "brief_edit",
    "brief_enquire",
    "brief_extend",
    "brief_file_remove",
    "brief_files_add",
    "brief_publish",
    "brief_send",
    "brief_withdraw",
    "briefs_expire",
    "guide_refresh",
    "invitation_decline",
    "offer_accept",
    "offer_decline",
    "offer_draft",
    "offer_edit",
    "offer_ordered",
    "offer_release",
    "offer_send",
    "offer_withdraw",
    "offers_expire",
]
