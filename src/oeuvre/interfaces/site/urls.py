"""Addresses of the site."""

from django.urls import URLPattern, URLResolver, include, path

from oeuvre.interfaces.site import sitemaps, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("sitemap.xml", sitemaps.sitemap, name="sitemap"),
    path("robots.txt", sitemaps.robots, name="robots"),
    path("about/", views.about, name="about"),
    path("home/", views.home_by_role, name="home_by_role"),
    path("theme/", views.theme, name="theme"),
    path("locale/", views.locale, name="locale"),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("", include("oeuvre.interfaces.site.people.urls")),
    path("studio/works/", include("oeuvre.interfaces.site.works.urls")),
    path("studio/gigs/", include("oeuvre.interfaces.site.studio_gigs.urls")),
    path("studio/skills/", include("oeuvre.interfaces.site.studio_gigs.skill_urls")),
    path("studio/assistant/", include("oeuvre.interfaces.site.assistant.urls")),
    path("studio/", include("oeuvre.interfaces.site.orders.desk_urls")),
    path("studio/", include("oeuvre.interfaces.site.briefs.studio_urls")),
    path("studio/insights/", include("oeuvre.interfaces.site.insights.urls")),
    path("studio/", include("oeuvre.interfaces.site.studio.urls")),
    path("", include("oeuvre.interfaces.site.market.urls")),
    path("", include("oeuvre.interfaces.site.catalogue.urls")),
    path("search/", include("oeuvre.interfaces.site.search.urls")),
    path("briefs/", include("oeuvre.interfaces.site.briefs.urls")),
    path("orders/", include("oeuvre.interfaces.site.orders.urls")),
    path("disputes/", include("oeuvre.interfaces.site.disputes.urls")),
    path("conversations/", include("oeuvre.interfaces.site.conversations.urls")),
]
