"""A telephone signs in: with a passkey (Chromium's virtual authenticator), with codes, and by the ministry's directory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT, free_port, picture, wait_for
from tests.oidc import STRONG, running

pytestmark = pytest.mark.browser
PASSWORD = "siete vacas miran la luna"


@dataclass(frozen=True)
class Served:
    """An installation that is served, as ``siproc serve`` does it."""

    address: str
    environment: dict[str, str]

    def invite(self, email: str, name: str, role: str, office: str) -> str:
        """The link that ``siproc invite`` prints."""
        command = [sys.executable, "-m", "engine.cli", "invite", email, name, "--role", role, "--office", office]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with a directory beside it."""
    folder, port = tmp_path_factory.mktemp("served"), free_port()
    address = f"http://localhost:{port}"
    with running(f"{address}/entrar/directorio/regreso", tmp_path_factory.mktemp("directory")) as provider:
        settings = {
            **provider.settings(), "oidc_acr": STRONG, "oidc_name": "Entrar con la cuenta de la Cancillería",
            "data_dir": str(folder), "database_url": "", "port": str(port), "public_url": address,
        }  # fmt: skip
        environment = {**os.environ, **{f"SIPROC_{name.upper()}": value for name, value in settings.items()}}
        with (folder / "server.log").open("wb") as log:
            server = subprocess.Popen(
                [sys.executable, "-m", "engine.cli", "serve"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
            try:
                wait_for(f"http://127.0.0.1:{port}/salud", server)
                yield Served(address, environment)
            finally:
                server.terminate()
                server.wait(20)


@pytest.fixture
def phone(served: Served, chromium: Browser) -> Iterator[Page]:
    """A telephone; errors of a page fail the test."""
    context = chromium.new_context(
        base_url=served.address, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="es-HN"
    )
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if "Content Security Policy" in m.text else None)
    yield page
    context.close()
    assert not complaints, complaints


def choose_password(page: Page, link: str) -> None:
    """The first step of an invitation."""
    page.goto(link)
    page.get_by_label("Contraseña nueva").fill(PASSWORD)
    page.get_by_label("La misma contraseña otra vez").fill(PASSWORD)
    page.get_by_role("button", name="Continuar").click()
    expect(page.get_by_role("heading", name="Agregar un segundo factor")).to_be_visible()


def keep_codes(page: Page) -> None:
    """The recovery codes, and on."""
    expect(page.locator(".codes code")).to_have_count(10)
    page.get_by_role("link", name="Ya los guardé").click()
    expect(page.get_by_role("button", name="Salir")).to_be_visible()


def fits(page: Page) -> None:
    """Nothing goes over the edge of the telephone."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, page.url


def test_a_passkey_is_made_and_signs_in_without_a_password(
    served: Served, phone: Page, accessible: Callable[[Page], None]
) -> None:
    devtools = phone.context.new_cdp_session(phone)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    authenticator = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    link = served.invite("eva.paz@x.hn", "Eva Paz", "agente", "MX-TAP")
    phone.goto(link)
    picture(phone, "cuentas-invitacion")
    accessible(phone)
    choose_password(phone, link)
    picture(phone, "cuentas-factor")
    fits(phone)
    accessible(phone)
    phone.get_by_label("¿Cómo llama a este dispositivo?").fill("Teléfono de Eva")
    phone.get_by_role("button", name="Crear una llave de acceso").click()
    picture(phone, "cuentas-codigos")
    accessible(phone)
    keep_codes(phone)
    phone.goto("/cuenta")
    expect(phone.get_by_text("Teléfono de Eva")).to_be_visible()
    picture(phone, "cuentas-mi-cuenta")
    fits(phone)
    accessible(phone)
    phone.get_by_role("button", name="Salir").click()

    phone.goto("/entrar")
    picture(phone, "cuentas-entrar")
    accessible(phone)
    with phone.expect_request(lambda request: request.url.endswith("/entrar/llave")) as sent:
        phone.get_by_role("button", name="Usar una llave de acceso").click()

    expect(phone.get_by_role("button", name="Salir")).to_be_visible()
    # The same answer once more, from the same browser: it was good once.
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    replayed = phone.context.request.post("/entrar/llave", headers=headers, data=sent.value.post_data or "")
    assert replayed.status == 401
    names = {cookie["name"]: cookie for cookie in phone.context.cookies()}
    assert names["__Host-siproc"]["httpOnly"]

    phone.get_by_role("button", name="Salir").click()
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    phone.goto("/entrar")
    phone.get_by_role("button", name="Usar una llave de acceso").click()
    expect(phone.get_by_text("El dispositivo no dio una llave de acceso.")).to_be_visible()


def test_codes_of_an_application_sign_in(served: Served, phone: Page, accessible: Callable[[Page], None]) -> None:
    choose_password(phone, served.invite("olga.rios@x.hn", "Olga Ríos", "administrador", "HN-TGU"))
    phone.get_by_role("button", name="Usar una aplicación").click()
    picture(phone, "cuentas-aplicacion")
    fits(phone)
    accessible(phone)
    secret = phone.locator(".secret").inner_text().replace(" ", "")
    totp = pyotp.TOTP(secret)
    phone.get_by_label("Código").fill(totp.at(int(time.time())))
    phone.get_by_role("button", name="Continuar").click()
    keep_codes(phone)
    phone.goto("/cuentas")
    picture(phone, "cuentas-lista")
    fits(phone)
    accessible(phone)
    phone.get_by_role("link", name="Invitar a alguien").click()
    picture(phone, "cuentas-invitar")
    fits(phone)
    accessible(phone)
    phone.goto("/cuentas")
    served.invite("tere.luna@x.hn", "Tere Luna", "consul", "US-HOU")
    phone.goto("/cuentas?q=tere")
    phone.get_by_role("link", name="Tere Luna").click()
    picture(phone, "cuentas-una")
    phone.get_by_role("button", name="Salir").click()

    phone.get_by_label("Correo electrónico").fill("olga.rios@x.hn")
    phone.get_by_label("Contraseña").fill(PASSWORD)
    phone.get_by_role("main").get_by_role("button", name="Entrar", exact=True).click()
    expect(phone.get_by_role("heading", name="Segundo factor")).to_be_visible()
    picture(phone, "cuentas-segundo")
    accessible(phone)
    phone.get_by_label("Código").fill("000000")
    phone.get_by_role("button", name="Continuar").click()
    expect(phone.get_by_role("alert").first).to_contain_text("no es correcto")
    # The code of the next half minute: the present one was used for setting up.
    phone.get_by_label("Código").fill(totp.at(int(time.time()) + 30))
    phone.get_by_role("button", name="Continuar").click()

    expect(phone.get_by_role("button", name="Salir")).to_be_visible()


def test_the_directory_signs_in(served: Served, phone: Page) -> None:
    phone.goto("/avisos")
    phone.get_by_role("link", name="Entrar con la cuenta de la Cancillería").click()
    phone.get_by_label("Usuario").fill("saul")
    phone.get_by_label("Dos factores").check()
    phone.get_by_role("button", name="Entrar").click()

    expect(phone.get_by_role("heading", name="Avisos")).to_be_visible()
    assert re.search(r"/avisos$", phone.url)
    phone.goto("/cuenta")
    expect(phone.get_by_text("saul@rree.example")).to_be_visible()
    picture(phone, "cuentas-directorio")
