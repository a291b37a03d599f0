{
  "targets": [
    {
      "target_name": "engram_kernel",
      "sources": [
        "src/addon.cc",
        "src/addon_index.cc",
        "src/addon_segment.cc",
        "src/build_segment.cc",
        "src/candidates.cc",
        "src/encode.cc",
        "src/fold.cc",
        "src/index.cc",
        "src/part.cc",
        "src/rescore.cc",
        "src/segment.cc",
        "src/token_numbers.cc"
      ],
      "defines": ["NAPI_VERSION=8"],
      "cflags_cc": ["-std=c++17", "-O3", "-Wall", "-Wextra", "-fvisibility=hidden", "-ffp-contract=off"],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
        "GCC_OPTIMIZATION_LEVEL": "3",
        "OTHER_CPLUSPLUSFLAGS": ["-ffp-contract=off"]
      },
      "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/std:c++17", "/O2", "/fp:precise"] } }
    }
  ]
}
