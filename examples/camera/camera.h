/* A camera whose DMA brings one line at a time, into two buffers in turn; no frame is ever kept. */
#ifndef CAMERA_H
#define CAMERA_H

#include <stdint.h>

#define CAMERA_LINE_BYTES 32 /* a grey line of 32 pixels */
#define CAMERA_BUFFERS 2

/* lines_done: counted by the interrupt. lines_taken: counted by the program. stopped: a line was lost, or none come. */
struct camera {
    uint8_t lines[CAMERA_BUFFERS][CAMERA_LINE_BYTES];
    volatile unsigned lines_done;
    volatile unsigned lines_taken;
    volatile int stopped;
};

/* The driver, camera.c. */
void camera_begin_frame(struct camera *camera);
const uint8_t *camera_wait_line(struct camera *camera); /* the next line, NULL if the camera has stopped */
void camera_release_line(struct camera *camera);        /* its buffer may be filled again */
uint8_t *camera_buffer(struct camera *camera);          /* where DMA puts the next line, NULL if it has to be lost */
void camera_line_done(struct camera *camera);           /* for the DMA interrupt: that buffer is full */

/* The hardware. camera_start gives DMA its first buffer; camera_sleep returns after an interrupt, as __WFE() does. */
void camera_start(struct camera *camera);
void camera_sleep(struct camera *camera);

#endif
