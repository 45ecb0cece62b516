/** Imported before anything else: see `repairLanguage`. */
import { repairLanguage } from "./locale";

repairLanguage();
