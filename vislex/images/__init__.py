"""An image: decoded, and cut into the patches that SigLIP2 takes."""
