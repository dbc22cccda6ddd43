#include "camera.h"

#include <stddef.h>

void camera_begin_frame(struct camera *camera)
{
    camera->lines_done = 0;
    camera->lines_taken = 0;
    camera->stopped = 0;
    camera_start(camera);
}

const uint8_t *camera_wait_line(struct camera *camera)
{
    while (camera->lines_done == camera->lines_taken && !camera->stopped) {
        camera_sleep(camera);
    }
    return camera->stopped ? NULL : camera->lines[camera->lines_taken % CAMERA_BUFFERS];
}

void camera_release_line(struct camera *camera)
{
    camera->lines_taken = camera->lines_taken + 1;
}

uint8_t *camera_buffer(struct camera *camera)
{
    if (camera->lines_done - camera->lines_taken == CAMERA_BUFFERS) {
        camera->stopped = 1;
        return NULL;
    }
    return camera->lines[camera->lines_done % CAMERA_BUFFERS];
}

void camera_line_done(struct camera *camera)
{
    camera->lines_done = camera->lines_done + 1;
}
