"""The pages of water: for the shift at the desk, for everyone, and for who holds a meter."""

from django.utils.translation import gettext_lazy as _

from candia.core.access import operator, resident
from candia.core.page import Menu, Page
from candia.services.water.pages import (
    districts,
    everywhere,
    losses,
    meter_desk,
    meters,
    mine,
)

staff = operator("water")

every = (
    Page(view=losses.losses, title=_("Water"), menu=Menu.SEE, shared=5),
    Page(view=losses.districts_layer, path="districts.geojson", title=_("Districts on the map")),
    Page(view=losses.district, path="districts/<str:name>/", title=_("A water district"), shared=5),
    Page(view=mine.my_water, path="my-water/", title=_("My water"), may=resident),
    Page(view=mine.my_meter, path="my-water/<str:number>/", title=_("One of my meters"), may=resident),
    Page(
        view=mine.my_use,
        path="my-water/<str:number>/<slug:every>.csv",
        title=_("My use as a file"),
        may=resident,
    ),
    Page(
        view=districts.districts,
        path="districts/",
        title=_("Districts"),
        desk=True,
        may=staff,
        menu=Menu.WORK,
    ),
    Page(
        view=districts.district,
        path="districts/<str:name>/",
        title=_("A district at the desk"),
        desk=True,
        may=staff,
    ),
    Page(view=meters.meters, path="meters/", title=_("Meters"), desk=True, may=staff, menu=Menu.DEVICES),
    Page(
        view=everywhere.meters_layer,
        path="meters.geojson",
        title=_("Meters on the map"),
        desk=True,
        may=staff,
    ),
    Page(
        view=meter_desk.meter,
        path="meters/<str:number>/",
        title=_("A meter at the desk"),
        desk=True,
        may=staff,
    ),
)
