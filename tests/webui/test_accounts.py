"""Accounts through their pages: invitation, second factors, recovery, sessions; on both databases, with a moved clock."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.access import accounts, mail, notice_choices, totp
from engine.access.actors import SYSTEM
from engine.casework import offices
from engine.clock import MovableClock
from engine.settings import SettingError, Settings, load
from engine.store import Context, Store
from engine.store.tables.access import AuditEntry, Link, Mail, RecoveryCode, TotpSecret, User, UserSession
from webui.app import create_app
from webui.security import OPEN

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
LINK = re.compile(r"http://localhost(/enlace/\S+)")
CODE = re.compile(r"<li><code>([A-Z2-7-]+)</code></li>")
PASSWORD = "siete vacas miran la luna"
OTHER = "nueve gatos leen el diario"


class Window:
    """A browser of one's own."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, address: str) -> str:
        return self.client.get(address, follow_redirects=True).get_data(as_text=True)

    def post(self, address: str, page: str = "/entrar/olvido", **values: object) -> TestResponse:
        found = TOKEN.search(self.get(page))
        assert found is not None
        return self.client.post(address, data={"csrf_token": found[1], **values})

    def sign_in(self, email: str, password: str = PASSWORD) -> TestResponse:
        return self.post("/entrar", email=email, password=password)

    def inside(self) -> bool:
        return self.client.get("/avisos").status_code == 200


class House:
    """The application with three people who administer, and the mails that leave it."""

    def __init__(self, store: Store, folder: Path, **changed: Any) -> None:
        self.store = store
        loaded = load({"SIPROC_DATA_DIR": str(folder), "SIPROC_SECURE_COOKIES": "0"})
        self.settings: Settings = replace(loaded, **{"public_url": "http://localhost", **changed})
        self.app = create_app(store, self.settings)
        self.secrets: dict[str, str] = {}

        def people(context: Context) -> None:
            offices.load(context)
            for name, role, office in (
                ("ada", "administrador", "HN-TGU"),
                ("sofia", "supervisor", "HN-TGU"),
                ("rosa", "director", "HN-TGU"),
                ("ana", "agente", "MX-TAP"),
            ):
                user_id = accounts.create_user(
                    context, email=f"{name}@x.hn", name=name, office_code=office, roles=[role], password=PASSWORD
                )
                totp.begin(context, user_id)
                row = context.session.get_one(TotpSecret, user_id)
                row.confirmed_at = context.now
                self.secrets[f"{name}@x.hn"] = row.secret

        store.transact(people, SYSTEM)

    def window(self) -> Window:
        return Window(self.app.test_client())

    def code(self, email: str) -> str:
        return pyotp.TOTP(self.secrets[email]).at(int(self.store.clock.now().timestamp()))

    def enter(self, name: str) -> Window:
        """A window in which somebody has signed in with both factors."""
        window, email = self.window(), f"{name}@x.hn"
        assert window.sign_in(email).headers["Location"].startswith("/entrar/segundo")
        assert window.post("/entrar/segundo", code=self.code(email)).status_code == 302
        self.store.clock.advance(timedelta(seconds=90))  # type: ignore[attr-defined]  # its code is used now
        assert window.inside()
        return window

    def user(self, email: str) -> User:
        return self.store.read(
            lambda context: context.session.scalars(select(User).where(User.email == email)).one(), SYSTEM
        )

    def mails(self) -> list[tuple[str, str]]:
        """Take what is due: to whom, and the text."""
        ready = self.store.transact(lambda context: mail.take(context, self.settings), SYSTEM)
        for item in ready:
            self.store.transact(lambda context, item=item: mail.sent(context, item), SYSTEM)  # type: ignore[misc]
        return [(str(item.message["To"]), item.message.get_content()) for item in ready]

    def link(self) -> str:
        """The address of the only link that was mailed."""
        (found,) = [found[1] for _, text in self.mails() if (found := LINK.search(text))]
        return found

    def audited(self, action: str) -> list[AuditEntry]:
        query = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)
        return self.store.read(lambda context: list(context.session.scalars(query)), SYSTEM)


@pytest.fixture
def house(store: Store, tmp_path: Path) -> House:
    """A house on each database."""
    return House(store, tmp_path)


def test_who_is_invited_sets_a_password_and_a_second_factor_and_is_in(house: House, clock: MovableClock) -> None:
    ada = house.enter("ada")
    house.mails()
    values = {"name": "Eva Díaz", "email": "Eva@x.hn", "office": "MX-TAP", "roles": ["agente"], "language": "es"}
    assert ada.post("/cuentas/nueva", **values).status_code == 302
    eva = house.window()
    assert "no son correctos" in eva.sign_in("eva@x.hn", "").get_data(as_text=True)

    link = house.link()
    assert "Eva Díaz" in eva.get(link)
    assert "fácil de adivinar" in eva.post(link, password="passwordpassword1", again="passwordpassword1").get_data(
        as_text=True
    )
    assert "Entre 15 y 128" in eva.post(link, password="corta", again="corta").get_data(as_text=True)
    assert "no son iguales" in eva.post(link, password=PASSWORD, again=OTHER).get_data(as_text=True)
    assert eva.post(link, password=PASSWORD, again=PASSWORD).headers["Location"] == "/cuenta/factor"
    assert not eva.inside()
    assert eva.client.get("/cuenta").headers["Location"] == "/cuenta/factor"
    assert eva.post("/cuenta/aplicacion/nueva", "/cuenta/factor").headers["Location"] == "/cuenta/aplicacion"
    page = eva.get("/cuenta/aplicacion")
    secret = re.search(r"secret=([A-Z2-7]+)", page)
    assert secret is not None
    assert "<svg" in page
    pending = eva.client.get_cookie("siproc").value  # type: ignore[union-attr]
    wrong = eva.post("/cuenta/aplicacion", "/cuenta/factor", code="000000")
    assert wrong.status_code == 422
    done = eva.post("/cuenta/aplicacion", "/cuenta/factor", code=pyotp.TOTP(secret[1]).at(int(clock.now().timestamp())))
    assert len(CODE.findall(done.get_data(as_text=True))) == 10
    assert eva.inside()
    assert eva.client.get_cookie("siproc").value != pending  # type: ignore[union-attr]

    late = house.window()
    assert "ya se usó" in late.get(link)
    assert [row.allowed for row in house.audited("account:invite")] == [True]


def test_a_link_expires_and_is_kept_only_as_a_digest(house: House, clock: MovableClock) -> None:
    ada = house.enter("ada")
    house.mails()
    ada.post("/cuentas/nueva", name="Eva", email="eva@x.hn", office="MX-TAP", roles=["agente"])
    link = house.link()
    secret = link.rpartition("/")[2]
    stored = house.store.read(lambda context: context.session.scalars(select(Link.digest)).all(), SYSTEM)
    assert secret not in stored

    clock.advance(timedelta(days=3))

    answer = house.window().client.get(link)
    assert "ya se usó" in answer.get_data(as_text=True)
    assert answer.status_code == 401


def test_a_code_counts_once_and_a_password_alone_opens_nothing(house: House) -> None:
    window = house.window()
    window.sign_in("ana@x.hn")
    assert not window.inside()
    code = house.code("ana@x.hn")
    assert window.post("/entrar/segundo", code=code).status_code == 302
    assert window.inside()

    second = house.window()
    second.sign_in("ana@x.hn")
    again = second.post("/entrar/segundo", code=code)

    assert again.status_code == 401
    assert not second.inside()


def test_guessing_codes_has_to_wait(house: House, clock: MovableClock) -> None:
    window = house.window()
    window.sign_in("ana@x.hn")
    for _ in range(6):
        window.post("/entrar/segundo", code="000000")

    refused = window.post("/entrar/segundo", code=house.code("ana@x.hn"))

    assert "Espere quince minutos" in refused.get_data(as_text=True)
    clock.advance(timedelta(minutes=15, seconds=1))
    window.sign_in("ana@x.hn")
    assert window.post("/entrar/segundo", code=house.code("ana@x.hn")).status_code == 302


def test_a_recovery_code_opens_once(house: House, clock: MovableClock) -> None:
    ana = house.enter("ana")
    codes = CODE.findall(ana.post("/cuenta/codigos").get_data(as_text=True))
    stored = house.store.read(lambda context: context.session.scalars(select(RecoveryCode.digest)).all(), SYSTEM)
    assert len(codes) == len(stored) == 10
    assert not set(codes) & set(stored)

    window = house.window()
    window.sign_in("ana@x.hn")
    assert window.post("/entrar/segundo", code=codes[3].lower().replace("-", " ")).status_code == 302
    other = house.window()
    other.sign_in("ana@x.hn")
    assert other.post("/entrar/segundo", code=codes[3]).status_code == 401
    assert other.post("/entrar/segundo", code=codes[4]).status_code == 302


def test_sessions_are_listed_and_ended_and_an_old_cookie_opens_nothing(house: House) -> None:
    first, second = house.enter("ana"), house.enter("ana")
    stolen = first.client.get_cookie("siproc").value  # type: ignore[union-attr]
    page = second.get("/cuenta")
    (ending,) = re.findall(r'action="(/cuenta/sesiones/[0-9a-f-]{36}/cerrar)"', page)

    second.post(ending)

    assert not first.inside()
    assert second.inside()
    thief = house.window()
    thief.client.set_cookie("siproc", stolen)
    assert not thief.inside()
    second.post("/salir", "/avisos")
    assert not second.inside()
    assert house.audited("session:revoke")


def test_nobody_ends_the_session_of_another(house: House) -> None:
    ana, sofia = house.enter("ana"), house.enter("sofia")
    rows = house.store.read(lambda context: list(context.session.scalars(select(UserSession))), SYSTEM)
    (hers,) = [row.id for row in rows if row.user_id == house.user("sofia@x.hn").id]

    ana.post(f"/cuenta/sesiones/{hers}/cerrar")

    assert sofia.inside()


def test_a_session_ends_unused_and_in_all_as_the_settings_say(
    store: Store, tmp_path: Path, clock: MovableClock
) -> None:
    house = House(store, tmp_path, session_idle=10, session_absolute=1)
    idle, busy = house.enter("ana"), house.enter("ana")
    for _ in range(6):
        clock.advance(timedelta(minutes=9, seconds=30))
        assert busy.inside()
    assert not idle.inside()
    clock.advance(timedelta(minutes=5))
    assert not busy.inside()


def test_what_was_typed_survives_the_end_of_a_session_and_both_factors(house: House, clock: MovableClock) -> None:
    ada = house.enter("ada")
    token = TOKEN.search(ada.get("/cuentas/nueva"))
    assert token is not None
    clock.advance(timedelta(hours=13))

    ended = ada.client.post("/cuentas/nueva", data={"csrf_token": token[1], "name": "Eva Díaz", "email": "eva@x.hn"})
    carried = re.search(r'name="carried" value="([^"]+)"', ended.get_data(as_text=True))
    assert carried is not None
    second = ada.post("/entrar", email="ada@x.hn", password=PASSWORD, carried=carried[1])
    carried = re.search(r'name="carried" value="([^"]+)"', second.get_data(as_text=True))
    assert carried is not None
    back = ada.post("/entrar/segundo", code=house.code("ada@x.hn"), carried=carried[1]).get_data(as_text=True)

    assert 'name="name" value="Eva Díaz"' in back
    assert 'action="/cuentas/nueva"' in back


def test_changing_factors_asks_again_who_it_is(house: House, clock: MovableClock) -> None:
    ana = house.enter("ana")
    clock.advance(timedelta(minutes=11))
    assert ana.post("/cuenta/codigos").headers["Location"] == "/cuenta/confirmar"
    assert ana.post("/cuenta/aplicacion/quitar").headers["Location"] == "/cuenta/confirmar"
    assert ana.client.get("/cuenta/factor").headers["Location"] == "/cuenta/confirmar"

    assert ana.post("/cuenta/confirmar", password=OTHER, code=house.code("ana@x.hn")).status_code == 422
    assert ana.post("/cuenta/confirmar", password=PASSWORD, code="000000").status_code == 422
    assert ana.post("/cuenta/confirmar", password=PASSWORD, code=house.code("ana@x.hn")).status_code == 302

    assert len(CODE.findall(ana.post("/cuenta/codigos").get_data(as_text=True))) == 10
    assert ana.post("/cuenta/aplicacion/quitar").status_code == 409  # the last one, and her role needs one


def test_another_password_ends_the_other_sessions(house: House) -> None:
    first, second = house.enter("ana"), house.enter("ana")
    assert second.post("/cuenta/contrasena", password=OTHER, again=OTHER).status_code == 302

    assert second.inside()
    assert not first.inside()
    assert house.window().sign_in("ana@x.hn", PASSWORD).status_code == 401
    assert house.window().sign_in("ana@x.hn", OTHER).status_code == 302


def test_a_forgotten_password_is_changed_by_mail_and_the_second_factor_stays(house: House) -> None:
    window = house.window()
    answers = [window.post("/entrar/olvido", email=email).get_data(as_text=True) for email in ("ana@x.hn", "no@x.hn")]
    plain = [re.sub(r'(nonce|value)="[^"]*"', "", answer) for answer in answers]
    assert plain[0] == plain[1]
    link = house.link()

    answer = window.post(link, password=OTHER, again=OTHER)

    assert answer.headers["Location"] == "/entrar/segundo"
    assert not window.inside()
    window.post("/entrar/segundo", code=house.code("ana@x.hn"))
    assert window.inside()


def test_nobody_is_flooded_with_mails(house: House) -> None:
    window = house.window()
    for _ in range(6):
        window.post("/entrar/olvido", email="ana@x.hn")
    waiting = house.store.read(lambda context: context.session.scalars(select(Mail)).all(), SYSTEM)
    assert len(waiting) == 3


def test_a_password_without_the_needed_factor_only_sends_a_mail(house: House) -> None:
    def work(context: Context) -> None:
        context.session.delete(context.session.get_one(TotpSecret, house.user("ana@x.hn").id))

    house.store.transact(work, SYSTEM)
    window = house.window()

    answer = window.sign_in("ana@x.hn")

    assert "segundo factor" in answer.get_data(as_text=True)
    assert not window.inside()
    assert window.post(house.link(), password=PASSWORD, again=PASSWORD).headers["Location"] == "/cuenta/factor"


def test_it_takes_two_to_recover_an_account(house: House) -> None:
    sofia, rosa = house.enter("sofia"), house.enter("rosa")
    ana, ana_id = house.enter("ana"), house.user("ana@x.hn").id
    house.mails()
    assert sofia.post(f"/cuentas/{ana_id}/recuperacion", reason="").status_code == 422
    assert sofia.post(f"/cuentas/{ana_id}/recuperacion", reason="Perdió su teléfono").status_code == 302
    assert sofia.post(f"/cuentas/{ana_id}/recuperacion", reason="Perdió su teléfono").status_code == 409
    page = rosa.get("/cuentas")
    (address,) = re.findall(r'action="(/cuentas/recuperaciones/[0-9a-f-]{36})"', page)

    assert sofia.post(address, agree="1").status_code == 403
    assert ana.post(address, agree="1").status_code == 403
    assert ana.inside()
    assert rosa.post(address, agree="1").status_code == 302

    assert not ana.inside()
    assert ana.sign_in("ana@x.hn").status_code == 401
    assert ana.post(house.link(), password=OTHER, again=OTHER).headers["Location"] == "/cuenta/factor"
    steps = [row.data.get("step") for row in house.audited("account:recover") if row.allowed]
    assert steps == ["asked", "agreed"]
    assert rosa.post(address, agree="1").status_code == 409


def test_an_administrator_places_closes_and_ends_sessions(house: House) -> None:
    ada, ana = house.enter("ada"), house.enter("ana")
    ana_id, ada_id = house.user("ana@x.hn").id, house.user("ada@x.hn").id
    assert ada.post(f"/cuentas/{ana_id}/lugar", office="US-HOU", roles=["agente", "consul"]).status_code == 302
    assert house.user("ana@x.hn").office_code == "US-HOU"
    assert ada.post(f"/cuentas/{ana_id}/lugar", office="US-HOU", roles=["sistema"]).status_code == 422
    assert ada.post(f"/cuentas/{ana_id}/lugar", office="XX-XXX", roles=[]).status_code == 422
    assert ada.post(f"/cuentas/{ada_id}/lugar", office="US-HOU", roles=["agente"]).status_code == 403
    assert ada.post(f"/cuentas/{ana_id}/sesiones").status_code == 302
    assert not ana.inside()

    again = house.enter("ana")
    assert ada.post(f"/cuentas/{ana_id}/estado", active="0").status_code == 302
    assert not again.inside()
    assert house.window().sign_in("ana@x.hn").status_code == 401
    assert ada.post(f"/cuentas/{ada_id}/estado", active="0").status_code == 403
    assert ada.post(f"/cuentas/{ana_id}/estado", active="1").status_code == 302
    house.enter("ana")


@pytest.mark.parametrize("who", ["ana", "sofia"])
def test_only_administrators_administer(house: House, who: str) -> None:
    window, ada_id = house.enter(who), house.user("ada@x.hn").id
    values = {"name": "E", "email": "e@x.hn", "office": "MX-TAP", "roles": ["agente"]}
    assert window.post("/cuentas/nueva", **values).status_code == 403
    for path in ("lugar", "estado", "sesiones", "invitacion"):
        assert window.post(f"/cuentas/{ada_id}/{path}").status_code == 403
    assert [row.allowed for row in house.audited("account:manage")] == [False] * 5


def test_a_new_device_is_told_by_mail_and_in_the_page(house: House) -> None:
    first = house.enter("ana")
    assert house.mails() == []
    first.post("/salir", "/avisos")
    first.sign_in("ana@x.hn")
    first.post("/entrar/segundo", code=house.code("ana@x.hn"))
    assert house.mails() == []
    house.store.clock.advance(timedelta(minutes=2))  # type: ignore[attr-defined]

    house.enter("ana")

    ((to, text),) = house.mails()
    assert to == "ana <ana@x.hn>"
    assert "no conocíamos" in text
    assert "dispositivo nuevo" in first.get("/avisos")


def test_neither_a_stranger_nor_a_neighbour_locks_anybody_out(house: House, clock: MovableClock) -> None:
    ana = house.enter("ana")
    ana.post("/salir", "/avisos")
    stranger = house.window()
    for number in range(40):
        stranger.sign_in(f"{number}@x.hn", "no es")
    for _ in range(8):
        stranger.sign_in("ana@x.hn", "no es")
    assert "Espere" in stranger.sign_in("sofia@x.hn").get_data(as_text=True)

    # The same address as the stranger's, but a browser that Ana used before.
    assert ana.sign_in("ana@x.hn").status_code == 302
    for _ in range(10):
        ana.sign_in("ana@x.hn", "no es")
    assert "Espere" in ana.sign_in("ana@x.hn").get_data(as_text=True)
    clock.advance(timedelta(minutes=16))
    assert ana.sign_in("ana@x.hn").status_code == 302


def test_over_https_the_cookie_is_bound_to_the_host(store: Store, tmp_path: Path) -> None:
    house = House(store, tmp_path, secure_cookies=True, public_url="https://siproc.example")
    client = house.app.test_client()
    page = client.get("/entrar", base_url="https://siproc.example").get_data(as_text=True)
    token = TOKEN.search(page)
    assert token is not None
    answer = client.post(
        "/entrar",
        base_url="https://siproc.example",
        headers={"Referer": "https://siproc.example/entrar"},
        data={"csrf_token": token[1], "email": "ana@x.hn", "password": PASSWORD},
    )
    (cookie,) = [text for text in answer.headers.getlist("Set-Cookie") if text.startswith("__Host-siproc=")]
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie


def test_every_step_leaves_its_row(house: House) -> None:
    window = house.window()
    window.sign_in("ana@x.hn", "no es")
    window.sign_in("ana@x.hn")
    window.post("/entrar/segundo", code="000000")
    window.post("/entrar/segundo", code=house.code("ana@x.hn"))
    window.post("/salir", "/avisos")

    rows = [(row.allowed, row.data.get("reason")) for row in house.audited("session:open")]

    assert rows == [(False, "password"), (False, "code"), (True, None)]
    assert len(house.audited("session:begin")) == len(house.audited("session:close")) == 1


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", '{"id": "x"}', '{"id": 7, "response": []}', "x" * 30_000])
def test_what_is_no_passkey_opens_nothing(house: House, answer: str) -> None:
    window = house.window()
    signed = re.search(r'name="challenge" value="([^"]+)"', window.get("/entrar"))
    assert signed is not None

    assert window.post("/entrar/llave", answer=answer, challenge=signed[1]).status_code == 401
    assert window.post("/entrar/llave", answer=answer, challenge="forged").status_code == 401
    assert not window.inside()
    ana = house.enter("ana")
    spent = ana.post("/cuenta/llave/nueva", answer=answer, challenge=signed[1], name="x")
    assert "ya se usó" in spent.get_data(as_text=True)
    fresh = re.search(r'name="challenge" value="([^"]+)"', ana.get("/cuenta/factor"))
    assert fresh is not None
    made = ana.post("/cuenta/llave/nueva", answer=answer, challenge=fresh[1], name="x")
    assert made.status_code == 422
    assert "No se pudo comprobar" in made.get_data(as_text=True)
    assert all(not row.allowed for row in house.audited("session:open") if row.data.get("reason"))


def test_signing_in_again_ends_the_session_before(house: House) -> None:
    ana = house.enter("ana")
    before = ana.client.get_cookie("siproc").value  # type: ignore[union-attr]
    ana.sign_in("ana@x.hn")
    ana.post("/entrar/segundo", code=house.code("ana@x.hn"))
    assert ana.inside()

    thief = house.window()
    thief.client.set_cookie("siproc", before)

    assert not thief.inside()


def test_the_cookie_of_a_half_opened_session_acts_nowhere(house: House) -> None:
    window = house.window()
    window.sign_in("ana@x.hn")
    for rule in house.app.url_map.iter_rules():
        if rule.arguments or "GET" not in (rule.methods or ()) or rule.endpoint in ("static", "account.health"):
            continue
        opened = window.client.get(rule.rule).status_code == 200
        assert not opened or rule.endpoint in OPEN, rule.rule


def test_only_the_demo_goes_without_second_factors() -> None:
    with pytest.raises(SettingError, match="only the demo"):
        load({"SIPROC_SECOND_FACTOR": "none"})


@pytest.mark.parametrize(
    "groups", ["{", "[]", '{"g": []}', '{"g": {"roles": ["rey"], "office": "MX-TAP"}}', '{"g": {}}']
)
def test_groups_that_cannot_be_read_are_told_at_the_start(sqlite_store: Store, tmp_path: Path, groups: str) -> None:
    settings = replace(load({"SIPROC_DATA_DIR": str(tmp_path)}), oidc_issuer="http://localhost:1", oidc_groups=groups)
    with pytest.raises(SettingError, match="SIPROC_OIDC_GROUPS"):
        create_app(sqlite_store, settings)


def test_each_person_chooses_what_comes_by_mail_and_keeps_what_was_chosen_where_something_is_wrong(
    house: House,
) -> None:
    ana = house.enter("ana")
    assert 'href="/cuenta/avisos"' in ana.get("/cuenta")
    assert 'href="/cuenta/avisos"' in ana.get("/avisos")
    assert "no se indicó un servidor" in ana.get("/cuenta/avisos")
    chosen = dict.fromkeys(notice_choices.TOPICS, "page") | {"overdue": "mail"}

    refused = ana.post("/cuenta/avisos", page="/cuenta/avisos", **(chosen | {"answer": "paloma"}), hour="15")
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert page.count("Elija una de las opciones que se ofrecen.") == 1
    assert '<option value="mail" selected>' in page
    assert '<option value="15" selected>15:00' in page

    assert ana.post("/cuenta/avisos", page="/cuenta/avisos", **chosen, hour="15").status_code == 302
    page = ana.get("/cuenta/avisos?saved=1")
    assert "Guardado." in page
    assert page.count('<option value="mail" selected>') == 1
    assert '<option value="15" selected>15:00' in page
    assert [row.allowed for row in house.audited("account:notices")] == [True]
