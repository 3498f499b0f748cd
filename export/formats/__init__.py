"""The formats of a served model: precision, quantization, OpenVINO, TensorRT."""
