/* What every exception but reset runs into: nothing here uses interrupts. */
#ifndef FAULT_H
#define FAULT_H

void fault_handler(void);

#endif
