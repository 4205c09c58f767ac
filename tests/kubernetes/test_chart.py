"""The chart as an operator would install it: rendered by Helm's own library with several sets of values, and held
against the schemas of everything that it declares."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from helm_python import Chart, HelmError, lint

from deploy import strimzi
from deploy.permissions import PRINCIPALS
from shared.contracts.topics import PARTITIONS
from shared.settings import SERVICES
from shared.web.health import ANSWER_WITHIN
from tests.kubernetes.definitions import Document, documents, faults, strimzi_definitions

PROJECT = Path(__file__).parents[2]
CHART = PROJECT / "deploy" / "chart"
EXAMPLES = PROJECT / "deploy" / "examples"
EVERYTHING: Document = {
    "ingress": {"enabled": True, "className": "nginx", "annotations": {"a": "b"}, "tlsSecret": "tls"},
    "gateway": {"enabled": True, "parents": [{"name": "public"}]},
    "networkPolicy": {"from": [{"podSelector": {}}], "further": [4318]},
    "monitoring": {"podMonitor": True, "rules": True, "installation": "sample"},
    "autoscaling": {"enabled": True, "lag": 50},
    "mail": {"host": "mail.example.org", "port": 465, "credentials": "mail"},
    "image": {"pullSecrets": [{"name": "pull"}]},
    "env": {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"},
    "envFrom": [{"secretRef": {"name": "oidc"}}],
    "nodeSelector": {"disk": "fast"},
    "tolerations": [{"key": "own", "operator": "Exists"}],
    "kafka": {"topicPrefix": "sample."},
}
OPEN: Document = {"kafka": {"securityProtocol": "PLAINTEXT"}, "databases": {"authority": None}}


def values_of(example: str) -> Document:
    values: Document = yaml.safe_load((EXAMPLES / f"{example}.yaml").read_text())
    return values


SETS = {
    "as it is": {},
    "everything": EVERYTHING,
    "without TLS": OPEN,
    **{
        example: values_of(example)
        for example in ("small/values", "small/stores", "highly-available/values", "highly-available/stores")
    },
}


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Document]:
    return strimzi_definitions(tmp_path_factory.mktemp("strimzi"))


def rendered(values: Document) -> list[Document]:
    with Chart.load(CHART) as chart:
        texts = chart.render(values, name="registan", namespace="programme")
    return [document for text in texts.values() for document in documents(text)]


def of_kind(kind: str, values: Document) -> Iterator[Document]:
    return (document for document in rendered(values) if document["kind"] == kind)


@pytest.mark.parametrize("name", SETS)
def test_what_the_chart_declares_is_what_a_cluster_takes(name: str, definitions: dict[str, Document]) -> None:
    found = rendered(SETS[name])
    assert found
    wrong = {f"{one['kind']} {one['metadata']['name']}": said for one in found if (said := faults(one, definitions))}
    assert not wrong


@pytest.mark.parametrize("name", SETS)
def test_the_chart_is_clean_and_no_two_things_have_one_name(name: str) -> None:
    said = lint(CHART, SETS[name])
    assert {one["error"] for one in said["messages"]} <= {"icon is recommended"}
    names = [(one["kind"], one["metadata"]["name"]) for one in rendered(SETS[name])]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/kafka.yaml")), ids=lambda path: str(path.parent.name))
def test_the_kafka_of_an_example_is_what_strimzi_takes(path: Path, definitions: dict[str, Document]) -> None:
    assert not [said for one in documents(path.read_text()) for said in faults(one, definitions)]


def test_a_schema_that_takes_everything_would_be_seen(definitions: dict[str, Document]) -> None:
    for kind in ("Deployment", "ScaledObject", "PodMonitor", "KafkaUser", "Cluster", "HTTPRoute"):
        values = SETS["highly-available/stores"] if kind in ("KafkaUser", "Cluster") else EVERYTHING
        document = next(of_kind(kind, values))
        assert not faults(document, definitions)
        document["spec"]["nonsense"] = 1
        assert faults(document, definitions), kind


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"part": "service"}, "part"),
        ({"services": {"registry": {"web": {"replica": 2}}}}, "replica"),
        ({"services": {"registy": {"web": {"replicas": 2}}}}, "registy"),
        ({"url": "registan.example.org"}, "url"),
        ({"autoscaling": {"maxReplicas": 7}}, "maxReplicas"),
        ({"kafka": {"mechanism": "SCRAM-SHA-5122"}}, "mechanism"),
        ({"drainSeconds": 16}, "drainSeconds"),
        ({"databases": {"registry": {"password": "in the clear"}}}, "password"),
    ],
)
def test_values_that_do_not_fit_are_refused_by_name(values: Document, named: str) -> None:
    with Chart.load(CHART) as chart, pytest.raises(HelmError, match=named):
        chart.validate_schema(chart.merge_values(values))


def test_topics_and_users_are_those_of_the_plan() -> None:
    assert json.loads(strimzi.FILE.read_text()) == strimzi.for_chart(), "run `make chart`"
    assert {one["metadata"]["name"] for one in of_kind("KafkaUser", SETS["small/stores"])} == {
        f"registan-{principal}" for principal in PRINCIPALS
    }


def test_a_prefix_stands_before_each_topic_and_each_right() -> None:
    found = rendered(SETS["small/stores"] | {"kafka": {"topicPrefix": "sample."}})
    assert all(one["metadata"]["name"].startswith("sample.") for one in found if one["kind"] == "KafkaTopic")
    users = [one for one in found if one["kind"] == "KafkaUser"]
    names = [acl["resource"]["name"] for user in users for acl in user["spec"]["authorization"]["acls"]]
    assert names
    assert all(name.startswith("sample.") for name in names)


def test_the_rules_of_the_cluster_are_the_one_file_of_alerts() -> None:
    [rule] = of_kind("PrometheusRule", EVERYTHING | {"monitoring": {"rules": True, "runbooks": "https://help.example"}})
    alerts = yaml.safe_load((PROJECT / "deploy/prometheus/alerts.yml").read_text())
    text = json.dumps(alerts).replace("https://registan.example.org/runbooks", "https://help.example")
    assert rule["spec"] == json.loads(text)


def containers(values: Document) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Each container with the name of what runs it, and its pod."""
    for document in rendered(values):
        if document["kind"] in ("Deployment", "Job"):
            pod = document["spec"]["template"]["spec"]
            for container in (*pod.get("initContainers", []), *pod["containers"]):
                yield document["metadata"]["name"], container, pod


def test_no_process_has_what_it_does_not_need() -> None:
    for name, container, pod in containers(EVERYTHING):
        assert pod["securityContext"]["runAsUser"] == 10001, name
        assert not pod["automountServiceAccountToken"], name
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert [mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")] == ["/tmp"]  # noqa: S108


def test_the_keys_that_sign_and_the_secret_of_persons_reach_the_registry_alone() -> None:
    for name, _, pod in containers(EVERYTHING):
        [keys] = [volume["secret"]["items"] for volume in pod["volumes"] if volume["name"] == "keys"]
        private = {item["key"] for item in keys} - {"session-public-key.pem", "metrics-token"}
        assert bool(private) == name.startswith("registan-registry-"), name


def test_each_process_signs_in_to_kafka_as_itself_and_passwords_are_only_named() -> None:
    for name, container, _ in containers(EVERYTHING):
        variables = {one["name"]: one for one in container["env"]}
        principal = "operator" if name.endswith("-migrate") else name.split("-")[1]
        assert variables["REGISTAN_KAFKA_USERNAME"]["value"] == f"registan-{principal}"
        databases = [variable for variable in variables if variable.endswith("DATABASE_URL")]
        assert len(databases) == 1
        for secret in variables.keys() & {"REGISTAN_KAFKA_PASSWORD", "REGISTAN_SMTP_PASSWORD", *databases}:
            assert variables[secret].keys() == {"name", "valueFrom"}


def test_a_variable_of_the_chart_is_one_that_the_documents_name() -> None:
    known = set(re.findall(r"`(REGISTAN_[A-Z<>_]+)`", (PROJECT / "docs/operations.md").read_text()))
    known |= {name.replace("<SERVICE>", service.upper()) for name in known for service in SERVICES}
    for _, container, _ in containers(EVERYTHING):
        assert {one["name"] for one in container["env"] if one["name"].startswith("REGISTAN_")} <= known


def test_a_pod_is_led_to_while_it_is_ready_and_restarted_only_when_it_does_not_answer_at_all() -> None:
    for document in of_kind("Deployment", {}):
        [container] = document["spec"]["template"]["spec"]["containers"]
        ready, alive = container["readinessProbe"], container["livenessProbe"]
        assert (ready["httpGet"]["path"], alive["httpGet"]["path"]) == ("/readyz", "/healthz")
        # It hears of a pod that leaves before the pod stops serving.
        heard = ready["periodSeconds"] * ready["failureThreshold"] + ready["timeoutSeconds"]
        drain = next(int(one["value"]) for one in container["env"] if one["name"] == "REGISTAN_DRAIN_SECONDS")
        assert heard < drain
        assert alive["periodSeconds"] * alive["failureThreshold"] > 10 * ANSWER_WITHIN
        assert document["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > 25
        assert document["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_workers_are_never_more_than_partitions() -> None:
    for scaled in of_kind("ScaledObject", EVERYTHING):
        assert scaled["spec"]["maxReplicaCount"] <= PARTITIONS
        target = scaled["spec"]["scaleTargetRef"]["name"]
        [deployment] = [one for one in of_kind("Deployment", EVERYTHING) if one["metadata"]["name"] == target]
        assert "replicas" not in deployment["spec"], "two would decide on one number"


def test_services_are_not_called_by_each_other() -> None:
    [policy] = of_kind("NetworkPolicy", {})
    assert policy["spec"]["ingress"] == []
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_the_version_of_the_chart_is_the_one_of_the_project() -> None:
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    assert yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"] == version
