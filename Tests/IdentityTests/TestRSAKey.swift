/// An RSA key for these tests alone: making one takes seconds, so it stands here. It opens nothing anywhere.
enum TestRSAKey {
    static let pem = """
        -----BEGIN PRIVATE KEY-----
        MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQCqobZOITSxioZc
        gqIJ6f7U0OCQ89TGQRXDLqZZqU+BR7WKKp1fJcwkNDy+IJV1jlEia5AkislSwETQ
        1899SKgQ5G15JAHzlaD2Ml42unc56cwTBvZGfMg8KOKRidshrv86SUW7GkExLzAP
        ToPc86bCNXwb6EXfcyTU55CXctoWlIs2XOin5IOXU0YlcT8NfHOtF88NHpm3Yr/1
        sE3OQcstF3CwSqmihzdxITuqB6xn70JHjMxmVBQpGTYcV0LkXowcTv/e+nzGYrv2
        MBiak9ahAc9z6WAHlYMJK2+Y4B/WlVG5puBJlSZk1pFJ0MxkHYR1G8pnPmNc98I6
        Dev0xbbbAgMBAAECggEAATwqOOA2w3q6N4gy5JqzB7DSrc1249lHAkmrgNNpUmgF
        tPhvu5IbX3gUzgbSiMhhyruY+28sLDM3ItCA667x0J6FwP27CyUGfzU+5ge7Xi/P
        5R79pkSNR28U/XnU6C/SRnhDMC9ojj2GNs4l9L3EurmI7004XP2VH39gK4ZhdIAw
        C5rV78Mp5LtUFKhar6pdW2xT4xtjUWhw+SD8c08QgWkGffRHaVUQUbZVpvaVvlaV
        rDqg/60UmEzMxZRUwbelylaV7SAHZpNKY/n2GmqnzBaMDr0OphuE1mZTt4SGo95b
        kdeKXc6JMQuJj+4obHFpga2r0cRXP2bWbALz0LalPQKBgQDcE5gEL+TZSisXFFaQ
        TRx31gIbEPuC0FfSif78CMvzLVS00Mh0zjesfut/wyBI4ATJiOya7kZmRO+bZ2M+
        afTg998rDOVm1po23esPGZrFu5/rGVMrI3h72BTKmwo4R5npKZCc/kjY2tlmRRUP
        DJLurkIOUH+UFCdrqQepXnLwtQKBgQDGe/N7mOUyVANbUYL50RuPxy8uOoMQUQph
        xk0x/ZwAa0VhTqMen04fLiRJlAEfQJ7XDMwLaBR9KhQO5Nl91LYmRx+bArzxgv5l
        kbBC5WT3oRtBNxh2Cz/3ooNeKrpnylQW/im4DFZypL/n721N8VcFwyMAwxPukzvz
        SUEef7ATTwKBgQCkBiJ9tGh/Ho1BFVJzGFXIZwOIwr6Bv+BEtb8Kf0/qfXWtkhJl
        JDFQagQBZB/S0MwgnOGjk0V7AZQHoiXQpc3yQivdfS4Y2Id1ry57QZ0eFHnbEjPv
        ae9pdiIA407ZpVvr8KOsrsUCgxIW7BQG9Fsqc0weORbs+Zxr3D4umItYJQKBgDJS
        quDjWvjvpAo7GGIOSlahwayO2TwB0AgKJvhNvIe+qtCJB4J0EXKGWFzvUXmDAMK1
        U+ZwdQFm8b709s+YZrY9wh2jDBSPicBmt7G+R2MhTa+zMFh9cbJvWa8+VhSKj9dk
        iV9IgYJ/kshTQ/tG/TFQ0EcZLqyGV+TO5du9s/6xAoGBAMm4+68ZNZNbmYfYz8xZ
        ajivg/fGiCQiP/2tpmOKEeR+IsTjlrzYDcXijS/1FtrHJ4OD7WAbIb04Oy8WlJLr
        5Zl/ElRd+JutXy9Ux1P+S/vbmlrOKpojXf1OGLqe1gK1zVvcN4diUFmrGVsYdxth
        3aZWci0RwnmLVk1TlvzN9rhc
        -----END PRIVATE KEY-----
        """

    /// The modulus of the key above, 2048 bits, base64url.
    static let modulus =
        "qqG2TiE0sYqGXIKiCen-1NDgkPPUxkEVwy6mWalPgUe1iiqdXyXMJDQ8viCVdY5RImuQJIrJUsBE0NfPfUioEORteS"
        + "QB85Wg9jJeNrp3OenMEwb2RnzIPCjikYnbIa7_OklFuxpBMS8wD06D3POmwjV8G-hF33Mk1OeQl3LaFpSLNlzop-SD"
        + "l1NGJXE_DXxzrRfPDR6Zt2K_9bBNzkHLLRdwsEqpooc3cSE7qgesZ-9CR4zMZlQUKRk2HFdC5F6MHE7_3vp8xmK79j"
        + "AYmpPWoQHPc-lgB5WDCStvmOAf1pVRuabgSZUmZNaRSdDMZB2EdRvKZz5jXPfCOg3r9MW22w"

    /// The modulus of a key of 1024 bits.
    static let shortModulus =
        "vbcj5O9Qxi9N1YMAz524-ZMCAa3odw5fLTdh3ByN3mYVyfZMQr0RyBE4Qgdf-jFvLTxPpdDLPvwTJHZk2qIMOgLxIu"
        + "JQ1LxEP8T-NnxqX_VNBHySCFmUCDjNMAEQ1wDugy9haz8FTbUC6vFidZbnPgqNZFBYaVoZ3xUF_PpD_4k"
}
