"""``endpoints.yml``: the services a bot talks to, and where its conversations are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from chatwright.project.findings import Findings
from chatwright.project.yaml_models import load_model, read_model
from chatwright.project.yaml_reader import LocatedDoc, locate

__all__ = [
    "ActionEndpoint",
    "BasicAuth",
    "BrokerEndpoint",
    "Endpoint",
    "Endpoints",
    "ModelEndpoint",
    "StoreEndpoint",
    "TypedEndpoint",
    "load_endpoints",
    "read_endpoints",
]


class BasicAuth(BaseModel):
    """User name and password of an HTTP service."""

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)

    username: str
    password: str = Field(repr=False)


class Endpoint(BaseModel):
    """An HTTP service."""

    model_config = ConfigDict(extra="allow", frozen=True, coerce_numbers_to_str=True)

    url: str | None = Field(default=None, description="Address, with http:// or https://.")
    token: str | None = Field(
        default=None, repr=False, description="Sent as a query parameter with each request."
    )
    token_name: str = Field(default="token", description="Name of that parameter.")
    headers: dict[str, str] = Field(default={}, repr=False, description="Further HTTP headers.")
    basic_auth: BasicAuth | None = Field(default=None, description="User name and password.")
    cafile: str | None = Field(default=None, description="File with the certificates to trust.")


class ActionEndpoint(Endpoint):
    """The action server."""

    selective_domain: bool = Field(
        default=False, description="Send the domain only to actions listed with send_domain: true."
    )


class ModelEndpoint(Endpoint):
    """A server to fetch trained bots from."""

    wait_time_between_pulls: int | None = Field(default=100, ge=0, description="Seconds; null fetches once.")


class _Typed(BaseModel):
    type: str | None = Field(
        default=None,
        validation_alias=AliasChoices("type", "store_type"),
        description="Kind of service; store_type means the same.",
    )

    @property
    def kind(self) -> str | None:
        """The type in lower case; a ``module.Class`` as it is written."""
        return self.type.lower() if self.type and "." not in self.type else self.type


class TypedEndpoint(_Typed, Endpoint):
    """A service of a kind named by ``type``; further keys are its arguments."""


class BrokerEndpoint(_Typed):
    """An event broker: pika, kafka, sql, file or module.Class; further keys are its arguments."""

    model_config = ConfigDict(extra="allow", frozen=True)

    url: str | list[str] | None = Field(default=None, repr=False, description="Host, address or addresses.")


class StoreEndpoint(BaseModel):
    """Chatwright: where something is kept, by URL."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(
        repr=False, description="sqlite:///path or postgresql://… for the store, redis://… for locks."
    )


class Endpoints(BaseModel):
    """All endpoints of a project. Each is optional."""

    model_config = ConfigDict(extra="allow", frozen=True, title="endpoints.yml")

    action_endpoint: ActionEndpoint | None = Field(
        default=None, description="The action server; without one, actions.py runs in process."
    )
    nlg: TypedEndpoint | None = Field(default=None, description="A server that words the responses.")
    nlu: Endpoint | None = Field(default=None, description="Not used: messages are understood in process.")
    models: ModelEndpoint | None = Field(
        default=None, description="Not used: bundles are files; see PUT /model to load one from a server."
    )
    tracker_store: TypedEndpoint | None = Field(
        default=None, description="Rasa's store; not used, see store."
    )
    lock_store: TypedEndpoint | None = Field(default=None, description="Rasa's locks; not used, see lock.")
    event_broker: BrokerEndpoint | None = Field(
        default=None,
        description="Who gets every event: RabbitMQ, Kafka, a database, a file or code of yours.",
    )
    store: StoreEndpoint | None = Field(default=None, description="Chatwright: the conversation store.")
    lock: StoreEndpoint | None = Field(default=None, description="Chatwright: locks across processes.")


def load_endpoints(path: Path) -> Endpoints:
    """The endpoints of the file at ``path``; none at all where there is no such file.

    Raises:
        YamlError, ProjectInvalid: as ``load_model``.
    """
    return load_model(path, read_endpoints, Endpoints())


def read_endpoints(doc: LocatedDoc, findings: Findings) -> Endpoints:
    """The endpoints of a parsed ``endpoints.yml``; problems go to ``findings``."""
    if isinstance(doc.data, dict):
        findings.unknown_keys(doc.data, Endpoints.model_fields, "endpoints.yml")
    _warn_of_quoted_variables(doc.data, findings)
    return read_model(Endpoints, doc, findings)


def _warn_of_quoted_variables(data: Any, findings: Findings) -> None:
    for name, section in data.items() if isinstance(data, dict) else ():
        for key, value in section.items() if isinstance(section, dict) else ():
            if isinstance(value, str) and "${" in value:
                findings.warn(
                    "quoted-variable",
                    f"'{name}.{key}' holds {value} in quotes, which is not replaced",
                    at=locate(section, key),
                    fix="remove the quotes",
                )
