"""Names in a config's `parameters`, spelled as Triton's own C++ backends spell them.

https://github.com/triton-inference-server/onnxruntime_backend and .../openvino_backend
"""

ORT_THREADS = "intra_op_thread_count"  # of one instance; 0: as many as there are cores
ORT_MEM_PATTERN = "enable_mem_pattern"
ORT_MEM_ARENA = "enable_mem_arena"

OPENVINO_THREADS = "INFERENCE_NUM_THREADS"  # of all streams together
OPENVINO_STREAMS = "NUM_STREAMS"  # requests that run at the same time: one an instance
OPENVINO_BF16 = "HINT_BF16"  # YES, or left out
