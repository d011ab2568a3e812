"""The manager is killed before and after every step of a deployment, and of its undoing: nothing is lost, nothing left over."""

import pytest
from hearth_fleet import Fleet
from support.manager import Manager, Problem, wait_until
from test_deploy import clean, left_over

STEPS = ["validating", "preparing", "deploying", "configuring", "health_check"]
UNDONE = ["health_check", "configuring", "deploying", "preparing", "validating"]
MOMENTS = ["before", "after"]


@pytest.fixture
def one_node(manager: Manager, fleet: Fleet):
    fleet.node(1).restore()
    manager.adopt(fleet.node(1).address, "root", "hearth-root", name="n1")
    yield manager
    clean(fleet.node(1))


def crash_at(manager: Manager, moment: str, body: dict) -> dict:
    """Deploys with a manager that kills itself at a moment, and starts it again as it was."""
    manager.stop()
    manager.start(HEARTH_CRASH_AT=moment)
    wait_until("the node", lambda: manager.get("nodes/n1")["state"] == "online", 30)
    begun = manager.post("recipes/hearth-web/deploy", {"node": "n1", **body})
    wait_until(f"the crash at {moment}", lambda: manager.process.poll() is not None, 90)
    assert manager.process.returncode == -9
    manager.start()
    return begun


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("step", STEPS)
def test_killed_while_deploying(one_node: Manager, fleet: Fleet, step: str, moment: str) -> None:
    begun = crash_at(one_node, f"deploy:{step}:{moment}", {})
    job = one_node.job(begun, 120)
    node = fleet.node(1)
    if job["state"] == "succeeded":
        containers = node.shell("docker ps -q --filter label=com.docker.compose.project=hearth-web").split()
        assert len(containers) == 1, "no second copy"
        wait_until("running", lambda: one_node.app_state("hearth-web") == "running", 40)
        one_node.done(one_node.call("DELETE", "apps/hearth-web?keep_data=false"))
    else:
        assert job["state"] == "rolled_back", job["error"]
        one_node.call("DELETE", "apps/hearth-web?keep_data=false")
    wait_until("nothing left", lambda: left_over(node, "hearth-web") == "" or None, 30)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("step", UNDONE)
def test_killed_while_undoing(one_node: Manager, fleet: Fleet, step: str, moment: str) -> None:
    try:
        begun = crash_at(one_node, f"deploy:undo.{step}:{moment}", {"answers": {"never": "yes"}})
    except Problem as refused:
        pytest.fail(str(refused))
    job = one_node.job(begun, 120)
    assert job["state"] == "rolled_back", job["error"]
    assert left_over(fleet.node(1), "hearth-web") == ""
