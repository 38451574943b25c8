/* Opens a SavedModel in TensorFlow's C++ loader, without Python, and asks it.

   run_model FOLDER LIBRARY... < calls > answers

   LIBRARY: shared objects with more operations. Numbers are little-endian; a text is
   its length (int64) and its bytes.

   calls:   int32 count, and for each call
              int32 inputs, each: text operation, int32 index, tensor
              int32 outputs, each: text operation, int32 index
   answers: double seconds to open, and for each call
              int32 status code, text message, double seconds; if the code is 0
              as many tensors as outputs were asked for
   tensor:  int32 type, int32 rank, int64 sizes; the values, each text as above */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/tf_tstring.h"

enum { MOST = 64 }; /* inputs, outputs or dimensions */

static void must(int holds, const char *what) {
  if (!holds) {
    fprintf(stderr, "run_model: %s\n", what);
    exit(1);
  }
}

static void take(void *place, size_t size) {
  must(fread(place, 1, size, stdin) == size, "the calls end too soon");
}

static void give(const void *place, size_t size) {
  must(fwrite(place, 1, size, stdout) == size, "the answers cannot be written");
}

static int32_t take_number(void) {
  int32_t number;
  take(&number, sizeof number);
  return number;
}

static char *take_text(int64_t *length) {
  take(length, sizeof *length);
  char *text = calloc(*length + 1, 1);
  must(text != NULL, "no memory");
  take(text, *length);
  return text;
}

static void give_text(const char *text, int64_t length) {
  give(&length, sizeof length);
  give(text, length);
}

static double now(void) {
  struct timespec moment;
  clock_gettime(CLOCK_MONOTONIC, &moment);
  return moment.tv_sec + 1e-9 * moment.tv_nsec;
}

static TF_Output take_place(TF_Graph *graph) {
  int64_t length;
  char *name = take_text(&length);
  TF_Output place = {TF_GraphOperationByName(graph, name), take_number()};
  must(place.oper != NULL, name);
  free(name);
  return place;
}

static TF_Tensor *take_tensor(void) {
  TF_DataType type = (TF_DataType)take_number();
  int rank = take_number();
  int64_t sizes[MOST], count = 1;
  must(rank <= MOST, "too many dimensions");
  for (int i = 0; i < rank; i++) {
    take(&sizes[i], sizeof sizes[i]);
    count *= sizes[i];
  }
  size_t each = type == TF_STRING ? sizeof(TF_TString) : TF_DataTypeSize(type);
  TF_Tensor *tensor = TF_AllocateTensor(type, sizes, rank, each * count);
  must(tensor != NULL, "no memory");
  if (type != TF_STRING) {
    take(TF_TensorData(tensor), each * count);
    return tensor;
  }
  TF_TString *texts = TF_TensorData(tensor);
  for (int64_t i = 0; i < count; i++) {
    int64_t length;
    char *text = take_text(&length);
    TF_TString_Init(&texts[i]);
    TF_TString_Copy(&texts[i], text, length);
    free(text);
  }
  return tensor;
}

static void give_tensor(TF_Tensor *tensor) {
  int32_t type = TF_TensorType(tensor), rank = TF_NumDims(tensor);
  give(&type, sizeof type);
  give(&rank, sizeof rank);
  for (int i = 0; i < rank; i++) {
    int64_t size = TF_Dim(tensor, i);
    give(&size, sizeof size);
  }
  if (type != TF_STRING) {
    give(TF_TensorData(tensor), TF_TensorByteSize(tensor));
    return;
  }
  TF_TString *texts = TF_TensorData(tensor);
  for (int64_t i = 0; i < TF_TensorElementCount(tensor); i++)
    give_text(TF_TString_GetDataPointer(&texts[i]), TF_TString_GetSize(&texts[i]));
}

static void call(TF_Session *session, TF_Graph *graph, TF_Status *status) {
  TF_Output asked[MOST], wanted[MOST];
  TF_Tensor *inputs[MOST], *outputs[MOST] = {NULL};
  int count = take_number();
  must(count <= MOST, "too many inputs");
  for (int i = 0; i < count; i++) {
    asked[i] = take_place(graph);
    inputs[i] = take_tensor();
  }
  int answers = take_number();
  must(answers <= MOST, "too many outputs");
  for (int i = 0; i < answers; i++) wanted[i] = take_place(graph);
  double began = now();
  TF_SessionRun(session, NULL, asked, inputs, count, wanted, outputs, answers, NULL, 0,
                NULL, status);
  double seconds = now() - began;
  int32_t code = TF_GetCode(status);
  const char *message = TF_Message(status);
  give(&code, sizeof code);
  give_text(message, strlen(message));
  give(&seconds, sizeof seconds);
  for (int i = 0; i < answers; i++) {
    if (code == TF_OK) give_tensor(outputs[i]);
    if (outputs[i]) TF_DeleteTensor(outputs[i]);
  }
  for (int i = 0; i < count; i++) TF_DeleteTensor(inputs[i]);
}

int main(int count, char **arguments) {
  must(count >= 2, "which model?");
  TF_Status *status = TF_NewStatus();
  for (int i = 2; i < count; i++) {
    TF_LoadLibrary(arguments[i], status);
    must(TF_GetCode(status) == TF_OK, TF_Message(status));
  }
  TF_Graph *graph = TF_NewGraph();
  TF_SessionOptions *options = TF_NewSessionOptions();
  const char *tags[] = {"serve"};
  double began = now();
  TF_Session *session = TF_LoadSessionFromSavedModel(options, NULL, arguments[1], tags,
                                                     1, graph, NULL, status);
  must(TF_GetCode(status) == TF_OK, TF_Message(status));
  double seconds = now() - began;
  give(&seconds, sizeof seconds);
  for (int calls = take_number(); calls > 0; calls--) call(session, graph, status);
  must(fflush(stdout) == 0, "the answers cannot be written");
  TF_CloseSession(session, status);
  TF_DeleteSession(session, status);
  TF_DeleteSessionOptions(options);
  TF_DeleteGraph(graph);
  TF_DeleteStatus(status);
  return 0;
}
