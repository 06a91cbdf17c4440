"""Every address of the city: Greek at the root, English under `/en/`, interfaces beside them."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, include, path

from candia.core.page import guarded
from candia.core.page_cache import shared
from candia.core.service import services
from candia.ui import basemap, neighbourhood
from candia.web import session, views
from candia.web.desk import views as desk
from candia.web.portal import files, map_page, searching
from candia.web.portal import views as portal

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.broken


def pages(*, desk: bool) -> list[URLPattern]:
    """The URL patterns of all services' pages of one face; names are `<service>-<page>`."""
    return [
        path(f"{service.name}/{page.path}", guarded(page), name=f"{service.name}-{page.name}")
        for service in services().values()
        for page in service.pages
        if page.desk is desk
    ]


urlpatterns = [
    path("healthz", views.health, name="health"),
    path("live", views.live, name="live"),
    path("session", session.session, name="session"),
    path("city/ground.geojson", basemap.ground, name="city-ground"),
    path("city/zones.geojson", basemap.zones, name="city-zones"),
    path("files/<str:id>", files.file, name="file"),
    path("files/<str:id>/<str:size>", files.file, name="file"),
    path("sw.js", views.worker, name="worker"),
    path("", include("candia.doors.urls")),
    *i18n_patterns(
        path("", shared(portal.home, 2, by=neighbourhood.zone_of), name="home"),
        path("neighbourhood/", neighbourhood.choose, name="neighbourhood"),
        path("stories/<str:entity>", portal.story, name="story"),
        path("map/", map_page.map_page, name="city-map"),
        path("search/", searching.search_page, name="search"),
        path("search/places.geojson", searching.places, name="search-places"),
        path("offline/", views.offline, name="offline"),
        path("signed-in/", session.signed_in, name="signed-in"),
        path("account/", include("allauth.urls")),
        path("data/", include("candia.doors.opendata.pages")),
        path("desk/", desk.home, name="desk"),
        path("desk/styleguide", desk.styleguide, name="styleguide"),
        path("desk/", include(pages(desk=True))),
        path("", include(pages(desk=False))),
        prefix_default_language=False,
    ),
]
