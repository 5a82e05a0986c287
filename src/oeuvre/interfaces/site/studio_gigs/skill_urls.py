"""Addresses of a freelancer's skills in the studio."""

from django.urls import URLPattern, URLResolver, path

from oeuvre.interfaces.site.studio_gigs.views import skills

app_name = "studio_skills"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", skills.skills, name="list"),
    path("add/", skills.add, name="add"),
    path("evidence/<uuid:evidence_id>/remove/", skills.evidence_remove, name="evidence_remove"),
    path("<slug:skill_key>/", skills.skill, name="skill"),
    path("<slug:skill_key>/remove/", skills.remove, name="remove"),
]
