"""The ``[backend]`` table of a variant: a try-on pipeline that hairopt did not write, as data."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Collection
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from hairopt.backends.json_path import parse_path
from hairopt.backends.template import ASKED, Template, texts_of
from hairopt.errors import UsageError
from hairopt.types import Shade

IN_JSON = (*ASKED, "photo_base64")
IN_URL = (*ASKED, "port")
IN_START = ("port",)
IN_COMMAND = (*ASKED, "photo", "answer")
WHOLE_PHOTO = "{photo}"

_CALL = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_METHOD = re.compile(r"[A-Z]{3,10}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SECRETS = ("authorization", "proxy-authorization", "cookie", "x-api-key", "api-key")
"""Headers whose value may not be in a file: the variant is written into every report."""


def _template(allowed: Collection[str]) -> Callable[[str], str]:
    def check(text: str) -> str:
        Template.parse(text, allowed)
        return text

    return check


def _tree(tree: Any) -> Any:  # noqa: ANN401 - JSON
    for key, text in texts_of(tree):
        try:
            Template.parse(text, IN_JSON)
        except ValueError as error:
            raise ValueError(f"{key}: {error}{_in_base64(text)}") from error
    return tree


def _in_base64(text: str) -> str:
    return "; JSON has no bytes: use {photo_base64}" if WHOLE_PHOTO in text else ""


def _path(text: str) -> str:
    parse_path(text)
    return text


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"{text!r} is no URL such as http://127.0.0.1:8000/try-on")
    if "@" in parts.netloc:
        raise ValueError(
            "no user and password in a URL: they would be written into every report. Use a header: "
            'Authorization = "Basic {env:NAME}"'
        )
    if "{" in parts.netloc.replace("{port}", ""):
        raise ValueError("the host of a URL has no placeholder but {port}: it is the one typed")
    return text


def _headers(headers: dict[str, str]) -> dict[str, str]:
    for name, text in headers.items():
        if _HEADER_NAME.fullmatch(name) is None:
            raise ValueError(f"{name!r} is no name of a header")
        if "\n" in text or "\r" in text:
            raise ValueError(f"the value of {name} has more than one line")
        if name.lower() in _SECRETS and "{env:" not in text:
            raise ValueError(
                f"the value of {name} would be written into every report; put it into an "
                f'environment variable: {name} = "{{env:NAME}}"'
            )
    return headers


def _call(text: str) -> str:
    if _CALL.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no MODULE:FUNCTION such as app.tryon:process")
    return text


def _whole_photo(text: str) -> str:
    if text != WHOLE_PHOTO:
        raise ValueError(f"{text!r} is not valid; allowed is {WHOLE_PHOTO!r}, the photo's bytes")
    return text


def _method(text: str) -> str:
    if _METHOD.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no method such as POST")
    return text


def _code(text: str) -> str:
    try:
        return Shade.parse(text).hex
    except UsageError as error:
        raise ValueError(str(error)) from error


Url: TypeAlias = Annotated[str, AfterValidator(_template(IN_URL)), AfterValidator(_url)]
Text: TypeAlias = Annotated[str, AfterValidator(_template(ASKED))]
FormText: TypeAlias = Annotated[str, AfterValidator(_template(IN_JSON))]
StartArgument: TypeAlias = Annotated[str, AfterValidator(_template(IN_START))]
CommandArgument: TypeAlias = Annotated[str, AfterValidator(_template(IN_COMMAND))]
JsonPath: TypeAlias = Annotated[str, AfterValidator(_path)]
Call: TypeAlias = Annotated[str, AfterValidator(_call)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


# A field named json hides a method that pydantic has only for programs of its version 1.
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", 'Field name "json"', UserWarning)

    class RequestTable(_Table):
        """The request to a service: at most one of ``json``, ``files`` with ``form``, ``body``."""

        method: Annotated[str, AfterValidator(_method)] = "POST"
        headers: Annotated[dict[str, Text], AfterValidator(_headers)] = {}
        query: dict[str, Text] = {}
        json: Annotated[Any, AfterValidator(_tree)] = None
        form: dict[str, FormText] = {}
        files: dict[str, Annotated[str, AfterValidator(_whole_photo)]] = {}
        body: Annotated[str, AfterValidator(_whole_photo)] | None = None

        @model_validator(mode="after")
        def _one_body(self) -> RequestTable:
            given = {
                "json": self.json is not None,
                "files and form": bool(self.files or self.form),
                "body": self.body is not None,
            }
            several = [name for name, is_given in given.items() if is_given]
            if len(several) > 1:
                raise ValueError(
                    f"a request has one of json, files with form, body; here: {several}"
                )
            return self

    class InJson(_Table):
        """A picture in a JSON answer: base64, a ``data:`` URL, or with ``fetch`` a URL.

        ``hosts`` are further hosts that a URL may name; else it has to be that of ``url``.
        """

        json: JsonPath  # type: ignore[assignment]
        fetch: bool = False
        hosts: list[str] = []

    class JsonTimes(_Table):
        """Times in ms in a JSON answer: stage -> path, or the path of a table of them."""

        json: JsonPath | dict[str, JsonPath]  # type: ignore[assignment]


class HeaderTimes(_Table):
    """Times in ms in a header of the form of ``Server-Timing``."""

    header: str


class AnswerTable(_Table):
    """How the answer of a service is read; ``image = "body"`` is the whole body.

    ``size = "smaller"`` allows answers of fewer pixels with the photo's aspect ratio.
    """

    image: Literal["body"] | InJson = "body"
    mask: InJson | None = None
    stage_ms: HeaderTimes | JsonTimes | None = None
    size: Literal["photo", "smaller"] = "photo"


class _Common(_Table):
    """What every kind has.

    ``shades`` is the palette of a back-end that knows only names: name -> ``#rrggbb``.
    """

    cwd: str = "."
    timeout_s: float = Field(default=30.0, gt=0, le=600)
    shades: dict[str, Annotated[str, AfterValidator(_code)]] = {}


class HttpBackend(_Common):
    """A service; with ``start`` hairopt starts it, and waits until ``ready`` answers."""

    kind: Literal["http"]
    url: Url
    start: Annotated[list[StartArgument], Field(min_length=1)] | None = None
    ready: Url | None = None
    start_timeout_s: float = Field(default=60.0, gt=0, le=1800)
    request: RequestTable = RequestTable()
    answer: AnswerTable = AnswerTable()

    @model_validator(mode="after")
    def _has_start(self) -> HttpBackend:
        starts = "{port}" in " ".join(self.start or ())
        if starts != ("{port}" in self.url):
            raise ValueError("{port}, a free port, has to be in both url and start, or in neither")
        if self.ready is not None and self.start is None:
            raise ValueError("ready is for a service that hairopt starts: start is missing")
        return self


class PythonBackend(_Common):
    """A Python callable ``process(photo: bytes, shade: "#rrggbb", intensity: float)``.

    It runs in ``python``, an interpreter in whose environment hairopt need not be installed;
    ``setup`` is called once, ``path`` are folders to import from, ``cwd`` is one of them.
    """

    kind: Literal["python"]
    call: Call
    setup: Call | None = None
    python: str | None = None
    path: list[str] = []
    start_timeout_s: float = Field(default=120.0, gt=0, le=1800)


class CommandBackend(_Common):
    """A program that is started for every photo; without ``{answer}`` it prints the answer."""

    kind: Literal["command"]
    command: Annotated[list[CommandArgument], Field(min_length=1)]

    @model_validator(mode="after")
    def _gets_photo(self) -> CommandBackend:
        if not any(WHOLE_PHOTO in argument for argument in self.command):
            raise ValueError("command has no {photo}, the path of the photo")
        return self


Backend: TypeAlias = Annotated[
    HttpBackend | PythonBackend | CommandBackend,
    Field(discriminator="kind"),
]
