/** `npx tsx test/helpers/tiny-model/make.ts [FILE]` writes the tiny model to FILE, or to its cache, and prints the path. */
import { tinyModel, writeTinyModel } from "./tiny-model.ts";

const [file] = process.argv.slice(2);
if (file === undefined) console.log(await tinyModel());
else {
  await writeTinyModel(file);
  console.log(file);
}
