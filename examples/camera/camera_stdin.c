/* In place of the hardware, on a PC: lines come from stdin, each while the program waits for it. */
#include "camera.h"

#include <stdio.h>

void camera_start(struct camera *camera)
{
    (void)camera;
}

void camera_sleep(struct camera *camera)
{
    uint8_t *buffer = camera_buffer(camera);
    if (buffer == NULL || fread(buffer, 1, CAMERA_LINE_BYTES, stdin) != CAMERA_LINE_BYTES) {
        camera->stopped = 1;
        return;
    }
    camera_line_done(camera);
}
