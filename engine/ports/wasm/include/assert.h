/* assert.h - what the engine uses of it, where there is no libc. */
#ifndef LN_WASM_ASSERT_H
#define LN_WASM_ASSERT_H

#define static_assert _Static_assert

#endif
