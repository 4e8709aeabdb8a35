"""Who may reach the review page, as the command line says it."""

from __future__ import annotations

import getpass
import os
import socket
import sys
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING

from docglean.http_server import check_origins, host_of, is_loopback
from docglean.review.security import Access
from docglean.review.sessions import MOST_NAME, Sessions, is_name
from docglean.schemas.errors import ConfigError

if TYPE_CHECKING:
    from docglean.commands.review_request import ReviewRequest

PASSWORD = "DOCGLEAN_REVIEW_PASSWORD"
"""The variable that holds the password where no file does."""
LEAST_PASSWORD = 8
"""Characters; one guess a second is let through."""
THIS_MACHINE = ("127.0.0.1", "::1")


def access_of(wanted: ReviewRequest, listening: socket.socket) -> Access:
    """How the page may be reached.

    Raises:
        ConfigError: ``no_password``, others could reach it and nothing says who they are;
            ``bad_password``, ``bad_proxy``, ``bad_origin``, ``bad_name``.
    """
    origins = check_origins(wanted.origins)
    password = "" if wanted.user_header else _password(wanted.password_file)
    if wanted.user_header:
        _check_proxy(wanted, origins)
    elif not password and not is_loopback(listening):
        password = _asked_for()
    return Access(
        port=listening.getsockname()[1],
        sessions=Sessions(reviewer(wanted.by), password),
        user_header=wanted.user_header,
        proxies=_networks(wanted.proxies or THIS_MACHINE),
        origins=origins,
    )


def notices(access: Access, listening: socket.socket) -> list[str]:
    """What it means to be reached so, for who starts it."""
    told = []
    outside = not is_loopback(listening)
    if access.user_header:
        proxies = ", ".join(str(one) for one in access.proxies)
        told.append(
            f"Who asks is what {access.user_header} says in requests from {proxies}. The proxy "
            "must set it itself, whatever browsers send; and whoever else can send requests from "
            "there can be anybody."
        )
    elif access.sessions.password:
        told.append(
            f"Others sign in at {_address(access, listening)} with the password, and write under "
            "the names that they give themselves."
        )
    if outside and not all(one.startswith("https:") for one in access.origins or ("http:",)):
        told.append(
            "Documents, values and the password go over the network unencrypted: put a proxy with "
            "TLS before it, and name its address with --origin."
        )
    return told


def _address(access: Access, listening: socket.socket) -> str:
    """The address at which others open the page."""
    if access.origins:
        return min(access.origins)
    address = ip_address(listening.getsockname()[0].partition("%")[0])
    host = socket.gethostname() if address.is_unspecified else host_of(str(address))
    return f"http://{host}:{access.port}/"


def reviewer(told: str | None) -> str:
    """The name under which somebody reviews: as told, else that of the login.

    Raises:
        ConfigError: ``bad_name``.
    """
    name = _login() if told is None else told.strip()
    if not is_name(name):
        raise ConfigError(
            "bad_name",
            f"{told!r} is no name of a person." if told else "It is not known who reviews.",
            f"Write it with --by, in {MOST_NAME} characters at the most.",
        )
    return name


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user, as in some containers
        return ""


def _password(file: Path | None) -> str:
    """The password that is told; empty where none is.

    Raises:
        ConfigError: ``bad_password``.
    """
    if file is None:
        told = os.environ.get(PASSWORD, "")
        return _checked(told, f"{PASSWORD} holds") if told else ""
    try:
        return _checked(file.read_text(encoding="utf-8").rstrip("\r\n"), f"{file} holds")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise ConfigError(
            "bad_password", f"{file} cannot be read: {why}.", "Name a file with the password in it."
        ) from error


def _asked_for() -> str:
    """A password typed by who starts it: on a command line all users of the machine would see it.

    Raises:
        ConfigError: ``no_password``, nobody is there to ask.
    """
    if not sys.stdin.isatty():
        raise ConfigError(
            "no_password",
            "Others would reach this page, and nothing says who may.",
            f"Give a password with --password-file or in {PASSWORD}, or have a proxy tell who asks "
            "(--trusted-user-header); or leave --host away.",
        )
    return _checked(getpass.getpass("Password with which others sign in: "), "That is")


def _checked(password: str, holds: str) -> str:
    if len(password) < LEAST_PASSWORD:
        raise ConfigError(
            "bad_password",
            f"{holds} a password of {len(password)} characters.",
            f"Take one of {LEAST_PASSWORD} at least.",
        )
    return password


def _check_proxy(wanted: ReviewRequest, origins: frozenset[str]) -> None:
    if wanted.password_file is not None:
        raise ConfigError(
            "bad_proxy",
            "Either the proxy tells who asks, or a password does.",
            "Leave --password-file or --trusted-user-header away.",
        )
    if not origins:
        raise ConfigError(
            "bad_origin",
            "The address at which browsers reach the proxy is not told.",
            "Name it with --origin https://review.example.com.",
        )


def _networks(told: Sequence[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(one) for one in told)
    except ValueError as error:
        raise ConfigError(
            "bad_proxy",
            f"--trusted-proxy: {error}.",
            "Name the proxy by its address, or as a network such as 10.0.0.0/24.",
        ) from error
