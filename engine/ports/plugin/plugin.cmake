# One file that is a LADSPA and an LV2 plug-in with the model inside, linnet.lv2/linnet_denoise.so in the build folder,
# beside its descriptions for LV2. Only ladspa_descriptor and lv2_descriptor are visible. Release builds are stripped.
#
#     cmake --install build/release --component plugin    puts it where hosts look
set(PLUGIN ${CMAKE_CURRENT_LIST_DIR})
set(PLUGIN_BUNDLE ${CMAKE_CURRENT_BINARY_DIR}/linnet.lv2)
set(LINNET_PLUGIN_MODEL ${CMAKE_CURRENT_SOURCE_DIR}/src/linnet/models/denoise-bands-large.gguf CACHE FILEPATH
    "The model inside the plug-in")
set_source_files_properties(${PLUGIN}/model_bytes.c PROPERTIES
                            COMPILE_DEFINITIONS LINNET_PLUGIN_MODEL="${LINNET_PLUGIN_MODEL}"
                            OBJECT_DEPENDS ${LINNET_PLUGIN_MODEL})
add_library(linnet_plugin MODULE ${PLUGIN}/ladspa.c ${PLUGIN}/lv2.c ${PLUGIN}/ports.c ${PLUGIN}/plugin.c
                                 ${PLUGIN}/model_bytes.c)
target_link_libraries(linnet_plugin PRIVATE linnet_static linnet_flags)
target_link_options(linnet_plugin PRIVATE -Wl,--exclude-libs,ALL $<$<CONFIG:Release,MinSizeRel>:-s>)
set_target_properties(linnet_plugin PROPERTIES C_VISIBILITY_PRESET hidden PREFIX "" OUTPUT_NAME linnet_denoise
                                               SUFFIX ".so" LIBRARY_OUTPUT_DIRECTORY ${PLUGIN_BUNDLE})
foreach(file manifest.ttl linnet.ttl)
  configure_file(${PLUGIN}/${file} ${PLUGIN_BUNDLE}/${file} COPYONLY)
endforeach()

if(SKBUILD)
  install(DIRECTORY ${PLUGIN_BUNDLE} DESTINATION linnet/runtime)
else()
  include(GNUInstallDirs)
  install(DIRECTORY ${PLUGIN_BUNDLE} DESTINATION ${CMAKE_INSTALL_LIBDIR}/lv2 COMPONENT plugin EXCLUDE_FROM_ALL)
  install(TARGETS linnet_plugin DESTINATION ${CMAKE_INSTALL_LIBDIR}/ladspa COMPONENT plugin EXCLUDE_FROM_ALL)
endif()
