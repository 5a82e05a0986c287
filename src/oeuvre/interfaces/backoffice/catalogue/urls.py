"""Addresses of the catalogue's editor."""

from django.urls import URLPattern, URLResolver, path

from oeuvre.interfaces.backoffice.catalogue import attributes, cases, entries, skills, tree

app_name = "catalogue_desk"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", tree.tree, name="tree"),
    path("groups/new/", tree.group_new, name="group_new"),
    path("categories/<uuid:category_id>/", tree.category, name="category"),
    path("categories/<uuid:category_id>/leaves/new/", tree.leaf_new, name="leaf_new"),
    path("categories/<uuid:category_id>/attributes/", attributes.asked, name="asked"),
    path("categories/<uuid:category_id>/use-cases/new/", cases.case_new, name="case_new"),
    path("use-cases/<uuid:case_id>/", cases.case, name="case"),
    path("attributes/", attributes.attributes, name="attributes"),
    path("attributes/new/", attributes.attribute_new, name="attribute_new"),
    path("attributes/<uuid:attribute_id>/", attributes.attribute, name="attribute"),
    path("attributes/<uuid:attribute_id>/options/", attributes.option_add, name="option_add"),
    path("options/<uuid:option_id>/", attributes.option, name="option"),
    path("skills/", skills.areas, name="skills"),
    path("skills/areas/new/", skills.area_new, name="area_new"),
    path("skills/areas/<uuid:area_id>/", skills.area, name="area"),
    path("skills/areas/<uuid:area_id>/new/", skills.skill_new, name="skill_new"),
    path("skills/<uuid:skill_id>/", skills.skill, name="skill"),
    path("by-hand/", entries.by_hand, name="by_hand"),
    path("entries/<str:entity>/<uuid:entry_id>/move/", entries.move, name="move"),
    path("entries/<str:entity>/<uuid:entry_id>/hide/", entries.hide, name="hide"),
    path("entries/<str:entity>/<uuid:entry_id>/show/", entries.show, name="show"),
    path("entries/<str:entity>/<uuid:entry_id>/restore/", entries.restore, name="restore"),
]
