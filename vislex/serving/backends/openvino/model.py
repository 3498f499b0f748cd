"""The embedded server's stand-in for Triton's C++ `openvino` backend, over the same configs."""

from vislex.infer.openvino import open_model
from vislex.triton.backend import StandIn


class TritonPythonModel:
    def initialize(self, args):
        self.model = StandIn(args, open_model, "model.xml")

    def execute(self, requests):
        return self.model.execute(requests)
