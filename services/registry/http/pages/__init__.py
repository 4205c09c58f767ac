"""The registry's pages: a folder a noun, a file for each thing that people do."""

from fastapi import APIRouter

from services.registry.http.pages import accounts, imports, imports_done, sign_in
from services.registry.http.pages.activities import form, one, steps
from services.registry.http.pages.activities import list as activity_list
from services.registry.http.pages.organisations import list as organisation_list
from services.registry.http.pages.organisations import one as organisation
from services.registry.http.pages.outputs import form as output_form
from services.registry.http.pages.outputs import list as output_list
from services.registry.http.pages.outputs import one as output
from services.registry.http.pages.participants import attendance, merging, paste, person
from services.registry.http.pages.participants import list as people_list
from services.registry.http.pages.programmes import names_kept, programme, public_contacts

router = APIRouter()
for part in (
    sign_in,
    activity_list,
    organisation_list,
    form,
    one,
    people_list,
    paste,
    person,
    merging,
    attendance,
    programme,
    names_kept,
    public_contacts,
    organisation,
    output_list,
    output_form,
    output,
    imports,
    imports_done,
    accounts,
    steps,
):
    router.include_router(part.router)
