/* For trying the program under Wine, in a throw-away prefix; never part of a package.

   Windows has had its own icuuc.dll since 2017, older Wine has none, and Qt6Core imports twenty of
   its functions. Every converter fails to open here, so that Qt uses the ones it has built in. */

#include <stddef.h>

typedef int Error;
typedef unsigned short Unit;

#define EXPORTED __declspec(dllexport)
#define UNSUPPORTED 4

static void *refused(Error *error) {
    if (error) *error = UNSUPPORTED;
    return NULL;
}

EXPORTED void *ucnv_open(const char *name, Error *error) { return refused(error); }
EXPORTED void ucnv_close(void *converter) {}
EXPORTED void ucnv_reset(void *converter) {}
EXPORTED signed char ucnv_getMaxCharSize(const void *converter) { return 4; }
EXPORTED const char *ucnv_getName(const void *c, Error *error) { return refused(error); }
EXPORTED const char *ucnv_getStandardName(const char *n, const char *s, Error *error) {
    return refused(error);
}
EXPORTED const char *ucnv_getAvailableName(int number) { return NULL; }
EXPORTED int ucnv_countAvailable(void) { return 0; }
EXPORTED void ucnv_getToUCallBack(const void *c, void **action, const void **context) {}
EXPORTED void ucnv_getFromUCallBack(const void *c, void **action, const void **context) {}
EXPORTED void ucnv_setToUCallBack(void *c, void *a, const void *x, void **oa, const void **ox,
                                  Error *error) {}
EXPORTED void ucnv_setFromUCallBack(void *c, void *a, const void *x, void **oa, const void **ox,
                                    Error *error) {}
EXPORTED void UCNV_FROM_U_CALLBACK_SUBSTITUTE(void) {}
EXPORTED void UCNV_TO_U_CALLBACK_SUBSTITUTE(void) {}
EXPORTED void ucnv_cbToUWriteUChars(void *a, const Unit *s, int length, int at, Error *error) {}
EXPORTED void ucnv_cbFromUWriteUChars(void *a, const Unit **s, const Unit *end, int at,
                                      Error *error) {}
EXPORTED int ucnv_toUCountPending(const void *c, Error *error) { return 0; }
EXPORTED int ucnv_fromUCountPending(const void *c, Error *error) { return 0; }
EXPORTED void ucnv_toUnicode(void *c, Unit **to, const Unit *end, const char **from,
                             const char *last, int *offsets, signed char flush, Error *error) {
    refused(error);
}
EXPORTED void ucnv_fromUnicode(void *c, char **to, const char *end, const Unit **from,
                               const Unit *last, int *offsets, signed char flush, Error *error) {
    refused(error);
}
