"""Event logs for process mining say what happened, and nothing about people."""

from __future__ import annotations

import io
import json
from uuid import UUID

from lxml import etree

from engine.casework import cases, offices
from engine.runtime import instances
from engine.runtime.mining import Wanted, write_ocel, write_xes
from engine.store import Context
from tests.engine.runtime.conftest import Engine

TEXT = "start s Llega\nuser a Entrevistar\nend e Termina\ns -> a -> e"
NS = {"x": "http://www.xes-standard.org/"}


def test_xes_has_a_trace_an_instance_with_its_events_in_order(engine: Engine) -> None:
    engine.publish(TEXT)
    first, second = engine.start(secreto="Óscar"), engine.start()
    engine.complete("a", first)
    stream = io.BytesIO()

    assert engine.look(lambda context: write_xes(context, Wanted("p"), stream)) == 4

    log = etree.fromstring(stream.getvalue())
    traces = log.xpath("x:trace", namespaces=NS)
    names = [
        [node.get("value") for node in trace.xpath("x:event/x:string[@key='concept:name']", namespaces=NS)]
        for trace in traces
    ]
    assert names == [["Llega", "Entrevistar", "Termina"], ["Llega"]]
    ids = [trace.xpath("string(x:string[@key='concept:name']/@value)", namespaces=NS) for trace in traces]
    assert ids == [str(first), str(second)]
    assert "Óscar".encode() not in stream.getvalue()


def test_ocel_relates_events_to_their_objects(engine: Engine) -> None:
    engine.publish(TEXT)
    instance = engine.start()
    engine.complete("a")
    stream = io.StringIO()

    assert engine.look(lambda context: write_ocel(context, Wanted(), stream)) == 3

    log = json.loads(stream.getvalue())
    assert set(log) == {"events", "objects", "eventTypes", "objectTypes"}
    assert [event["type"] for event in log["events"]] == ["Llega", "Entrevistar", "Termina"]
    assert {item["name"] for item in log["eventTypes"]} == {"Llega", "Entrevistar", "Termina"}
    [process] = [item for item in log["objects"] if item["type"] == "process"]
    assert process["id"] == f"process:{instance}"
    known = {item["id"] for item in log["objects"]}
    assert all(link["objectId"] in known for event in log["events"] for link in event["relationships"])


def test_nothing_that_is_wanted_is_an_empty_log(engine: Engine) -> None:
    stream, text = io.BytesIO(), io.StringIO()
    assert engine.look(lambda context: write_xes(context, Wanted("other"), stream)) == 0
    assert engine.look(lambda context: write_ocel(context, Wanted(domain="PEN"), text)) == 0
    assert etree.fromstring(stream.getvalue()).tag.endswith("log")
    assert json.loads(text.getvalue())["events"] == []


def test_cases_behind_the_asylum_firewall_are_in_no_log(engine: Engine) -> None:
    engine.publish(TEXT)

    def begin(context: Context, *compartments: str) -> UUID:
        case = cases.open_case(context, "HN-TGU")
        cases.classify(context, case.id, domain="MIG", type="MIG-01", priority="P2", compartments=compartments)
        return instances.start(context, "p", case_id=case.id, office_code=case.office_code).instance_id

    engine.do(offices.load)
    guarded, other = engine.do(lambda context: begin(context, "ASILO")), engine.do(begin)
    xes, ocel = io.BytesIO(), io.StringIO()
    engine.look(lambda context: write_xes(context, Wanted(), xes))
    engine.look(lambda context: write_ocel(context, Wanted(), ocel))

    for text in (xes.getvalue().decode(), ocel.getvalue()):
        assert str(other) in text
        assert str(guarded) not in text
