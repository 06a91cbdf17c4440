"""People: accounts and roles, who is a resident, and what the city keeps about a person."""

from django.utils.translation import gettext_lazy as _

from candia.accounts import commands, departments, inbox, pages, personal, residency, sample
from candia.core.access import administrator, clerk, resident
from candia.core.page import Page
from candia.core.service import Service

service = Service(
    name="people",
    title=_("People"),
    description=_("Accounts and roles, who is a verified resident, and what the city keeps about a person."),
    commands=(
        commands.grant_role,
        commands.revoke_role,
        commands.view_account,
        commands.change_profile,
        commands.erase_account,
        residency.verify_resident,
        residency.unverify,
        residency.request_code,
        residency.print_letter,
        residency.redeem_code,
        residency.accept_claim,
        departments.make_department,
        departments.rename_department,
        departments.move_department,
        departments.close_department,
        departments.add_member,
        departments.remove_member,
        departments.route,
    ),
    pages=(
        Page(view=pages.me, path="me/", title=_("Your account"), may=resident),
        Page(view=pages.residency, path="me/residency/", title=_("Confirm where you live"), may=resident),
        Page(view=pages.my_data, path="me/data.json", title=_("Your data"), may=resident),
        Page(view=pages.erase, path="me/erase/", title=_("Erase your account"), may=resident),
        Page(view=pages.privacy, path="privacy/", title=_("Privacy")),
        Page(view=pages.passkeys, path="passkeys.js", title=_("Script for passkeys")),
        Page(
            view=pages.people, path="", title=_("Accounts and roles"), desk=True, may=administrator, menu=True
        ),
        Page(view=pages.person, path="<int:number>/", title=_("An account"), desk=True, may=administrator),
        Page(
            view=pages.departments,
            path="departments/",
            title=_("Departments"),
            desk=True,
            may=administrator,
            menu=True,
        ),
        Page(
            view=pages.department,
            path="departments/<int:number>/",
            title=_("A department"),
            desk=True,
            may=administrator,
        ),
        Page(view=pages.residents, path="residents/", title=_("Residents"), desk=True, may=clerk, menu=True),
        Page(view=pages.letters, path="letters/", title=_("Letters"), desk=True, may=clerk, menu=True),
        Page(view=pages.letter, path="letters/<int:number>/", title=_("A letter"), desk=True, may=clerk),
    ),
    personal=personal.records,
    inbox=inbox.waiting,
    sample=sample.seed,
)
