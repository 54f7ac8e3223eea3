"""``siproc invite``: an account and the link with which it is set up; so comes the first administrator."""

from __future__ import annotations

import click

from engine.access import accounts, audit, links
from engine.access.actors import SYSTEM
from engine.casework import offices
from engine.errors import EngineError, Invalid
from engine.settings import load
from engine.store import Context, Store


@click.command()
@click.argument("email")
@click.argument("name")
@click.option("--office", default=offices.HEADQUARTERS, show_default=True, help="Code of the office.")
@click.option("--role", "roles", multiple=True, required=True, help="A role; may be given more than once.")
def invite(email: str, name: str, office: str, roles: tuple[str, ...]) -> None:
    """Make an account and print the link (good for three days, once) for its password and second factor."""
    settings = load()
    if office not in offices.packaged():
        raise click.ClickException(f"{office}: no existe esa oficina / there is no such office")
    store = Store(settings.database, lock_timeout=settings.lock_timeout)
    store.migrate()

    def work(context: Context) -> str:
        offices.load(context)
        user_id = accounts.create_user(context, email=email, name=name, office_code=office, roles=roles, password=None)
        audit.record(context, "account:invite", object_id=user_id, office=office, roles=sorted(roles))
        return links.make(context, links.INVITATION, user_id)

    try:
        secret = store.transact(work, SYSTEM)
    except Invalid as error:
        raise click.ClickException("; ".join(f"{key}: {text}" for key, text in error.fields.items())) from error
    except EngineError as error:
        raise click.ClickException(str(error.text)) from error
    finally:
        store.close()
    click.echo(f"{settings.address}/enlace/{secret}")
