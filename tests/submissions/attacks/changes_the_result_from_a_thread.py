# Returns an array that a background thread goes on changing.
# outcome: wrong
# honest: nothing, because its threads take its own time
# %%
import numpy as np


# %%
import threading


def softmax(x, axis=-1):
    result = np.zeros_like(x)

    def change():
        while True:
            np.add(result, 0.1, out=result)

    threading.Thread(target=change, daemon=True).start()
    return result
