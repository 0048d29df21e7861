/* python.exe: hands its words to the Py_Main of the library that DLLNAME names. */
#include <windows.h>
#include <stdio.h>

typedef int (*Main)(int, wchar_t **);

int wmain(int argc, wchar_t **argv)
{
    HMODULE library = LoadLibraryW(DLLNAME);
    Main run = library ? (Main)(void *)GetProcAddress(library, "Py_Main") : NULL;
    if (!run) {
        fprintf(stderr, "Python's library cannot be loaded (error %lu).\n", GetLastError());
        return 99;
    }
    return run(argc, argv);
}
