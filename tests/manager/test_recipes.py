"""Every shipped recipe is a Compose file that Compose itself accepts, with nothing but what its manifest provides."""

import os
import platform
import re
import subprocess
from pathlib import Path

import pytest
from support.manager import ROOT

RECIPES = sorted(path.parent for path in (ROOT / "recipes").glob("*/manifest.yaml"))
ARCH = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]


def test_there_are_enough() -> None:
    assert len(RECIPES) >= 15


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.name)
def test_compose_accepts_it(recipe: Path) -> None:
    manifest = (recipe / "manifest.yaml").read_text()
    provided = set(re.findall(r"\benv: ([A-Z][A-Z0-9_]*)", manifest))
    compose = Path(os.environ["HEARTH_TOOLS"]) / ARCH / "docker-compose"
    environment = {"PATH": os.environ["PATH"], **{name: "1" for name in provided}}
    words = [compose, "--file", recipe / "compose.yaml", "--project-name", "lint", "config", "--quiet"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, cwd=recipe)
    assert done.returncode == 0, done.stderr
    assert "variable is not set" not in done.stderr, done.stderr
