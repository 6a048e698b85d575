import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from service_process import ServiceProcess  # noqa: E402 - found through the line above


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    settings = "[service]\nmetrics_interval_secs = 0.2\n[multiprocess]\ncleanup_grace_period_secs = 1"
    running = ServiceProcess(tmp_path_factory.mktemp("service"), settings)
    yield running
    running.close()


@pytest.fixture(scope="session")
def address(service):
    return service.address
