/* For trying the program under Wine, in a throw-away prefix; never part of a package.

   Older Wine aborts in WcsCreateIccProfile; a screen without a colour profile is all Qt wants. */

#define EXPORTED __declspec(dllexport)

EXPORTED void *WcsCreateIccProfile(void *profile, unsigned options) { return 0; }
EXPORTED void *OpenColorProfileW(void *p, unsigned access, unsigned share, unsigned mode) {
    return 0;
}
EXPORTED int CloseColorProfile(void *profile) { return 1; }
EXPORTED int GetColorProfileFromHandle(void *profile, void *data, unsigned *size) { return 0; }
EXPORTED int GetColorDirectoryW(const void *machine, void *data, unsigned *size) { return 0; }
EXPORTED int GetColorDirectoryA(const void *machine, void *data, unsigned *size) { return 0; }
EXPORTED int GetStandardColorSpaceProfileW(const void *m, unsigned id, void *data,
                                           unsigned *size) { return 0; }
EXPORTED int GetStandardColorSpaceProfileA(const void *m, unsigned id, void *data,
                                           unsigned *size) { return 0; }
