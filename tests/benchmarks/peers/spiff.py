"""The same process on plain SpiffWorkflow: one JSON row an instance, read, run and written back whole."""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any

import psycopg
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState
from sqlalchemy.engine import make_url

LOOPING = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="peers">
<process id="seguimiento" isExecutable="true">
<startEvent id="s"/><exclusiveGateway id="again"/><manualTask id="a" name="Dar seguimiento"/>
<exclusiveGateway id="g" default="more"/><endEvent id="z"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="again"/><sequenceFlow id="f2" sourceRef="again" targetRef="a"/>
<sequenceFlow id="f3" sourceRef="a" targetRef="g"/><sequenceFlow id="more" sourceRef="g" targetRef="again"/>
<sequenceFlow id="done" sourceRef="g" targetRef="z"><conditionExpression xsi:type="tFormalExpression">visitas &lt; 0</conditionExpression></sequenceFlow>
</process></definitions>"""


def complete(url: str, count: int) -> list[float]:
    """Complete the task of one looping case ``count`` times; seconds of each."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    parser = BpmnParser()
    parser.add_bpmn_str(LOOPING.encode())
    spec = parser.get_spec("seguimiento")
    serializer = BpmnWorkflowSerializer()
    workflow = BpmnWorkflow(spec)
    workflow.data["visitas"] = 1
    for task in workflow.get_tasks(state=TaskState.READY):
        task.data["visitas"] = 1
    workflow.do_engine_steps()
    delays = []
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS peer_instance (id int PRIMARY KEY, state text NOT NULL)")
        connection.execute("DELETE FROM peer_instance")
        connection.execute("INSERT INTO peer_instance VALUES (1, %s)", [_text(serializer, workflow)])
        connection.commit()
        for _ in range(count):
            begun = perf_counter()
            row = connection.execute("SELECT state FROM peer_instance WHERE id = 1 FOR UPDATE").fetchone()
            assert row is not None
            found: Any = serializer.deserialize_json(row[0])
            [task] = [item for item in found.get_tasks(state=TaskState.READY) if item.task_spec.name == "a"]
            task.run()
            found.do_engine_steps()
            connection.execute("UPDATE peer_instance SET state = %s WHERE id = 1", [_text(serializer, found)])
            connection.commit()
            delays.append(perf_counter() - begun)
    return delays


def _text(serializer: BpmnWorkflowSerializer, workflow: BpmnWorkflow) -> str:
    text = serializer.serialize_json(workflow)
    return text if isinstance(text, str) else json.dumps(text)
