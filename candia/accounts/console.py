"""`candia admin`: the first administrator, who then grants every other role at the desk."""

from typing import Annotated

import typer

from candia.core.startup import start_django

app = typer.Typer()


@app.command()
def admin(
    email: Annotated[str, typer.Argument(help="The e-mail address of an account that exists.")],
) -> None:
    """Make somebody administrator; they sign up first, so that their address is proved."""
    start_django()
    from candia.accounts.commands import grant_role
    from candia.core.access import Grant, Person, system
    from candia.core.errors import Refused

    person = Person.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if person is None:
        typer.echo(f"No account has the address {email}. Sign up on the city's page first.", err=True)
        raise typer.Exit(1)
    try:
        grant_role(by=system, person=person, role=Grant.ADMINISTRATOR)
    except Refused as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{person.email} is administrator. Before the desk opens they add a second factor there.")
